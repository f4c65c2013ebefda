import { median } from "simple-statistics";
import { medianOf } from "./glr.js";
import { spreadOfDifferences } from "./spread.js";

/** Jobs on each side whose signals are taken together: one is noisy, the machine changes more slowly. */
const NEIGHBOURS = 2;
/** Signals at anchors that say what is usual. */
const USUAL_KEPT = 96;
/** Noise (level) of single signals from which it says nothing: a median of five still has a fifth of a factor 1.25. */
const MOST_NOISE = 0.25;
const NOISE_EVERY = 16;

/**
 * The machine's own signal by the order of jobs, as a level against what is usual: the median of five neighbours, less the
 * median over the baseline's jobs. It isn't trusted while it is noisy, nor after it was proven wrong.
 */
export class MachineSignal {
  readonly #levels: Float64Array;
  readonly #usual: number[];
  #usualLevel = 0;
  #latest = -1;
  #noise = 0;
  #distrustedUntil = -1;
  readonly #scratch = new Float64Array(2 * NEIGHBOURS + 1);
  /** Part of the slowdown that is the new normal. */
  absorbed = 0;

  /** @param span Jobs back that are asked about. */
  constructor(span: number, usual: readonly number[] = []) {
    this.#levels = new Float64Array(span).fill(Number.NaN);
    this.#usual = usual.slice(-USUAL_KEPT);
    this.#settle();
  }

  get usual(): readonly number[] {
    return this.#usual;
  }

  add(order: number, factor: number | undefined): void {
    // Jobs in between without a sample leave no old values behind.
    for (let o = Math.max(this.#latest + 1, order - this.#levels.length + 1); o < order; o++) {
      this.#levels[o % this.#levels.length] = Number.NaN;
    }
    const known = factor !== undefined && factor > 0 && Number.isFinite(factor);
    this.#levels[order % this.#levels.length] = known ? Math.log(factor) : Number.NaN;
    this.#latest = order;
    if (order % NOISE_EVERY === 0) this.#measureNoise();
  }

  /** The job of this order belongs to the baseline: as the machine was then is usual. */
  anchor(order: number): void {
    const level = this.#levels[order % this.#levels.length]!;
    if (Number.isNaN(level)) return;
    this.#usual.push(level);
    if (this.#usual.length > USUAL_KEPT) this.#usual.shift();
    this.#settle();
  }

  distrust(untilOrder: number): void {
    this.#distrustedUntil = untilOrder;
  }

  get trusted(): boolean {
    return this.#noise <= MOST_NOISE && this.#latest >= this.#distrustedUntil;
  }

  /** Whether the latest jobs have a level. */
  get known(): boolean {
    return !Number.isNaN(this.level(this.#latest));
  }

  /** NaN: unknown, or not trusted. */
  level(order: number): number {
    if (!this.trusted) return Number.NaN;
    const least = Math.max(0, order - NEIGHBOURS, this.#latest - this.#levels.length + 1);
    const most = Math.min(this.#latest, order + NEIGHBOURS);
    let count = 0;
    for (let o = least; o <= most; o++) {
      const level = this.#levels[o % this.#levels.length]!;
      if (!Number.isNaN(level)) this.#scratch[count++] = level;
    }
    if (count === 0) return Number.NaN;
    return medianOf(this.#scratch, count) - this.#usualLevel - this.absorbed;
  }

  #settle(): void {
    if (this.#usual.length > 0) this.#usualLevel = median(this.#usual);
  }

  #measureNoise(): void {
    const differences: number[] = [];
    const first = Math.max(1, this.#latest - 63);
    for (let o = first; o <= this.#latest; o++) {
      const difference =
        this.#levels[o % this.#levels.length]! - this.#levels[(o - 1) % this.#levels.length]!;
      if (!Number.isNaN(difference)) differences.push(Math.abs(difference));
    }
    if (differences.length >= NOISE_EVERY) {
      this.#noise = spreadOfDifferences(differences);
    }
  }
}
