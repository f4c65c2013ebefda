import { type FaultShape, logLikelihood } from "./fault-shape.js";

export interface VerdictLimits {
  readonly bound: number;
  readonly leastJobs: number;
  readonly mostJobs: number;
}

/**
 * Whether a reset helped: Wald's sequential probability ratio test (1945), averaged over the shapes that the slowdown may
 * have had. Of each shape, job u after the reset (from 0) is expected at
 *
 *     helped:      log(1 + slope * (u + 1))               a creep starts again from zero
 *     not helped:  log(exp(level) + slope * (u + 1))      it goes on from where it was
 *
 * and the verdict is by the log ratio of the two sums of weighted likelihoods.
 */
export class Sprt {
  readonly #shapes: readonly FaultShape[];
  readonly #helped: Float64Array;
  readonly #not: Float64Array;
  readonly #limits: VerdictLimits;
  #n = 0;
  #llr = 0;

  /** @param priorOdds Log odds of "not helped" before any evidence. */
  constructor(shapes: readonly FaultShape[], limits: VerdictLimits, priorOdds = 0) {
    this.#shapes = shapes;
    this.#limits = limits;
    this.#helped = Float64Array.from(shapes, ({ logWeight }) => logWeight);
    this.#not = Float64Array.from(shapes, ({ logWeight }) => logWeight + priorOdds);
  }

  get n(): number {
    return this.#n;
  }

  /** Log likelihood ratio of "not helped" to "helped". */
  get llr(): number {
    return this.#llr;
  }

  /** @param sinceReset Jobs since the reset. @returns Whether it helped; undefined: not known yet. */
  add(level: number, sinceReset: number, sigma: number): boolean | undefined {
    this.#shapes.forEach((shape, index) => {
      const grown = shape.slope * (sinceReset + 1);
      this.#helped[index]! += logLikelihood(level - Math.log(1 + grown), sigma);
      this.#not[index]! += logLikelihood(level - Math.log(Math.exp(shape.level) + grown), sigma);
    });
    this.#n += 1;
    this.#llr = logSum(this.#not) - logSum(this.#helped);
    if (this.#n < this.#limits.leastJobs) return undefined;
    if (Math.abs(this.#llr) < this.#limits.bound && this.#n < this.#limits.mostJobs)
      return undefined;
    return this.#llr < 0;
  }

  /** Growth of the slowdown's factor per job, as the likeliest side has it; 0 if a step is likelier. */
  get slope(): number {
    const logs = this.#llr < 0 ? this.#helped : this.#not;
    const total = logSum(logs);
    let ramps = 0;
    let mean = 0;
    this.#shapes.forEach(({ slope }, index) => {
      const weight = Math.exp(logs[index]! - total);
      if (slope > 0) ramps += weight;
      mean += weight * slope;
    });
    return ramps > 0.5 ? mean / ramps : 0;
  }
}

/** log(sum(exp(x))) without overflow. */
function logSum(values: Float64Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - most);
  return most + Math.log(sum);
}
