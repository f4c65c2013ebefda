import type { HealthParameters } from "./parameters.js";
import { spreadOfDifferences } from "./spread.js";

/** Differences that the scale is of. */
const KEPT = 120;
/** It moves slowly: it is computed anew after this many. */
const EVERY = 4;

/** The scale of a job's noise, as it is saved. */
export interface NoiseMemory {
  readonly sigma: number;
  readonly jobs: number;
}

/**
 * The noise of residuals: the median absolute difference of successive jobs of a unit over sqrt(2), which a creep or a
 * step doesn't inflate (von Neumann 1941), shrunk to a prior while there are few.
 */
export class Noise {
  readonly #floor: number;
  readonly #prior: NoiseMemory;
  readonly #differences: number[] = [];
  #pending = 0;
  #sigma: number;

  constructor(parameters: HealthParameters, memory?: NoiseMemory) {
    this.#floor = parameters.noiseFloor;
    this.#prior = memory ?? { sigma: parameters.noisePrior, jobs: parameters.noisePriorJobs };
    this.#sigma = Math.max(this.#floor, this.#prior.sigma);
  }

  /** Standard deviation of a job's level. */
  get sigma(): number {
    return this.#sigma;
  }

  get memory(): NoiseMemory {
    return {
      sigma: this.#sigma,
      jobs: Math.min(KEPT, this.#prior.jobs + this.#differences.length),
    };
  }

  /** A residual, and its unit's one before. */
  add(residual: number, before: number): void {
    this.#differences.push(Math.abs(residual - before));
    if (this.#differences.length > KEPT) this.#differences.shift();
    this.#pending += 1;
    if (this.#pending < EVERY) return;
    this.#pending = 0;
    const n = this.#differences.length;
    const measured = spreadOfDifferences(this.#differences);
    const { sigma, jobs } = this.#prior;
    this.#sigma = Math.max(this.#floor, (n * measured + jobs * sigma) / (n + jobs));
  }
}
