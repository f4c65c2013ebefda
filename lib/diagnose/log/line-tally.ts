/** Lines that are remembered as marked, and how far back one may be marked. */
const REMEMBERED = 256;
const BACK = 64;

/** Counts lines by what they tell. */
export class LineTally {
  all = 0;
  own = 0;
  /** With a field of a worker's line, or a piece of one. */
  worker = 0;
  cut = 0;
  readonly #marked = new Set<number>();

  get unknown(): number {
    return this.all - this.own - this.worker;
  }

  /** Line `line`, or one that is still to come, tells something. */
  mark(line: number): void {
    if (this.#marked.has(line)) return;
    this.#marked.add(line);
    this.worker += 1;
    if (this.#marked.size <= REMEMBERED) return;
    for (const other of this.#marked) if (other < line - BACK) this.#marked.delete(other);
  }

  /** @param own Whether it is a job's line of this package; then it counts as nothing else. */
  endLine(line: number, own: boolean): void {
    this.all += 1;
    if (!own) return;
    this.own += 1;
    if (this.#marked.has(line)) this.worker -= 1;
    else this.#marked.add(line);
  }
}
