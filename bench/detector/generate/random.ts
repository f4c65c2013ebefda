import { createHash } from "node:crypto";
import {
  randomExponential,
  randomGamma,
  randomGeometric,
  randomInt,
  randomNormal,
  randomUniform,
} from "d3-random";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** Random numbers that are the same for the same name and seed: xoroshiro128+ (pure-rand), distributions of d3-random. */
export class Random {
  readonly #next: () => number;
  readonly #standardNormal: () => number;
  readonly #gamma: () => number;

  constructor(name: string, seed: number) {
    const hash = createHash("sha256").update(`${name}\n${seed}`).digest();
    const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => hash.readInt32LE(at)));
    this.#next = () => uniformFloat64(generator);
    this.#standardNormal = randomNormal.source(this.#next)();
    this.#gamma = randomGamma.source(this.#next)(T_DEGREES / 2, 2);
  }

  /** From `low` to below `high`. */
  uniform(low: number, high: number): number {
    return randomUniform.source(this.#next)(low, high)();
  }

  /** An integer from `low` to below `high`. */
  integer(low: number, high: number): number {
    return randomInt.source(this.#next)(low, high)();
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  normal(sd: number): number {
    return sd * this.#standardNormal();
  }

  /** A factor with median 1 whose logarithm has the standard deviation `sd`. */
  factor(sd: number): number {
    return Math.exp(this.normal(sd));
  }

  /** Student's t with 5 degrees of freedom: a normal number over the root of a chi-squared one by its degrees. */
  studentT(): number {
    return this.#standardNormal() / Math.sqrt(this.#gamma() / T_DEGREES);
  }

  exponential(mean: number): number {
    return randomExponential.source(this.#next)(1 / mean)();
  }

  /** Tries until the first success, from 1. */
  geometric(probability: number): number {
    return randomGeometric.source(this.#next)(probability)();
  }

  /** One of `values`; the chance of each is its weight's share of all. */
  choice<T>(values: readonly T[], weights: readonly number[]): T {
    let rest = this.uniform(
      0,
      weights.reduce((sum, weight) => sum + weight, 0),
    );
    const index = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    return values.at(index) as T;
  }

  /** 0 to `count` - 1 in any order (Fisher and Yates). */
  permutation(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i -= 1) {
      const other = this.integer(0, i + 1);
      [order[i], order[other]] = [order[other] as number, order[i] as number];
    }
    return order;
  }
}

const T_DEGREES = 5;
