import { median } from "simple-statistics";
import type { HealthParameters, PerRung } from "./parameters.js";
import type { Rung } from "./sample.js";

/** Latest cures that the pace is of. */
const CURES = 5;
/** Least creep per job that is reckoned with. */
const LEAST_CREEP = 1e-4;
/** Bounds of the distance between resets in jobs, and its spread, so that units don't go all at once. */
const LEAST_JOBS = 3;
const MOST_JOBS = 300;
const JITTER = 0.2;

/** A slowdown that a reset cured. */
export interface Cure {
  readonly rung: Rung;
  /** What its factor grew by per job. */
  readonly creep: number;
}

/**
 * When to reset before it gets slow: with a cost C of the reset in ms, jobs of T ms, and a slowdown growing by r per job,
 * the cheapest distance is N = sqrt(2 C / (r T)) jobs (the economic order quantity, Harris 1913).
 */
export class Preventive {
  readonly #parameters: HealthParameters;
  readonly #random: () => number;
  readonly #cures: Cure[];
  #stretch = 1;
  #returns = 0;

  constructor(parameters: HealthParameters, random: () => number, cures: readonly Cure[] = []) {
    this.#parameters = parameters;
    this.#random = random;
    this.#cures = cures.slice(-CURES);
  }

  /** The latest ones. */
  get cures(): readonly Cure[] {
    return this.#cures;
  }

  /** What has cured last; undefined: nothing yet. */
  get rung(): Rung | undefined {
    return this.#cures.at(-1)?.rung;
  }

  /** The slowdown per job that is reckoned with. */
  get creep(): number {
    return Math.max(
      LEAST_CREEP,
      this.#cures.length === 0 ? 0 : median(this.#cures.map(({ creep }) => creep)),
    );
  }

  cured(cure: Cure): void {
    this.#cures.push(cure);
    if (this.#cures.length > CURES) this.#cures.shift();
    if (this.#stretch > 1) this.#returns += 1;
    this.#stretch = 1;
  }

  /** A preventive reset was made: the next one comes later, by less the more often that has let the slowdown return. */
  used(): void {
    this.#stretch *= this.#parameters.preventiveStretch ** (1 / (1 + this.#returns));
  }

  /** Jobs from one reset to the next; undefined: none. */
  plan(costMs: PerRung, jobMs: number): number | undefined {
    const { preventive, preventiveAfterCures } = this.#parameters;
    const { rung } = this;
    if (!preventive || rung === undefined || !(jobMs > 0)) return undefined;
    if (this.#cures.length < Math.min(CURES, preventiveAfterCures)) return undefined;
    const jobs = Math.sqrt((2 * costMs[rung]) / (this.creep * jobMs)) * this.#stretch;
    const bounded = Math.max(LEAST_JOBS, Math.min(MOST_JOBS, jobs));
    return Math.round(bounded * (1 - JITTER + 2 * JITTER * this.#random()));
  }
}
