/** The end of what a process writes: its last lines are the only ones that matter when it has died. */
export class LastLines {
  readonly #most: number;
  readonly #longest: number;
  #lines: string[] = [];
  #open = "";

  /** Keeps at most `most` lines of at most `longest` characters. */
  constructor(most = 40, longest = 1024) {
    this.#most = most;
    this.#longest = longest;
  }

  push(text: string): void {
    const lines = `${this.#open}${text}`.split("\n");
    this.#open = (lines.pop() as string).slice(-this.#longest);
    const whole = lines.filter((line) => line.trim() !== "");
    this.#lines = [...this.#lines, ...whole.map((line) => line.slice(0, this.#longest))];
    this.#lines = this.#lines.slice(-this.#most);
  }

  get lines(): readonly string[] {
    return this.#open.trim() === "" ? this.#lines : [...this.#lines, this.#open];
  }
}

/** The last of `lines` that is neither one of a stack nor Node's own. */
export function lastTold(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => !/^Node\.js v|^\s+at /.test(line));
}
