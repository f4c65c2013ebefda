import type { Decision } from "../../lib/health/decision.js";
import type { Detector } from "../../lib/health/detector.js";
import { seededRandom } from "../../lib/health/random.js";
import type { HealthSample, Rung } from "../../lib/health/sample.js";

/** What a fault lives in: making that anew cures it. Nothing cures one that lives in nothing. */
export type Place = Rung | "nothing";

export interface Fault {
  readonly place: Place;
  /** Job of the pool from which on it is there. */
  readonly from: number;
  /** A factor; or growth per job of what it lives in, and then it comes back in what is made anew. */
  readonly step?: number;
  readonly creep?: number;
  /** Unit whose state, or, where units stand alone, whose context or process it lives in. */
  readonly unit?: number;
}

export interface WorldOptions {
  readonly units: number;
  readonly shared?: boolean;
  readonly seed?: number;
  readonly fault?: Fault;
  /** True slowness of the machine at a job, and its signal (default: the truth with noise of 5 %). */
  readonly load?: (job: number) => number;
  readonly signal?: (job: number) => number | undefined;
}

/** What a unit runs on. */
interface Places {
  state: Instance;
  context: Instance;
  process: Instance;
}

interface Instance {
  faulty: boolean;
  jobs: number;
}

export interface Event {
  readonly job: number;
  readonly decision: Decision;
}

/** A pool that isn't there: jobs with costs of their own, noise, warm-up, a fault that lives somewhere, and resets that cure it. */
export class World {
  readonly events: Event[] = [];
  job = 0;
  readonly #options: WorldOptions;
  readonly #random: () => number;
  readonly #units: (Places & { since: number; warm: readonly number[] })[];
  #canary = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
    const context = fresh();
    const process = fresh();
    this.#units = Array.from({ length: options.units }, () => ({
      state: fresh(),
      context: options.shared ? context : fresh(),
      process: options.shared ? process : fresh(),
      since: 0,
      warm: WARM.process,
    }));
  }

  run(detector: Detector, jobs: number): readonly Event[] {
    for (const end = this.job + jobs; this.job < end; this.job++) this.#one(detector);
    return this.events;
  }

  resets(cause?: string): Event[] {
    return this.events.filter(
      ({ decision: d }) => d.type === "reset" && (cause === undefined || d.cause === cause),
    );
  }

  of(type: Decision["type"]): Event[] {
    return this.events.filter(({ decision }) => decision.type === type);
  }

  /** What a unit's next job takes, over what it would without the fault. */
  slowness(unit: number): number {
    const { fault } = this.#options;
    if (!fault || this.job < fault.from) return 1;
    if (fault.place === "nothing") return unit === (fault.unit ?? 0) ? fault.step! : 1;
    const place = this.#units[unit]![fault.place];
    if (fault.creep !== undefined) return this.#concerns(unit) ? 1 + fault.creep * place.jobs : 1;
    return place.faulty ? fault.step! : 1;
  }

  sample(unit: number): HealthSample {
    const { load, signal } = this.#options;
    const audioSeconds = 2 + 26 * this.#random();
    const tokens = Math.round(audioSeconds * 3.2 * Math.exp(0.4 * this.#normal()));
    const at = this.#units[unit]!;
    const machine = load?.(this.job) ?? 1;
    const factor = machine * (at.warm[at.since] ?? 1);
    const decodeMs =
      (60 + 15 * tokens) * factor * this.slowness(unit) * Math.exp(0.08 * this.#normal());
    return {
      seq: this.job,
      unit,
      atMs: this.job * 1000,
      sinceReset: at.since,
      audioSeconds,
      windows: 1,
      tokens,
      fallbackTokens: 0,
      fallbacks: 0,
      segments: 2,
      encodeMs: 500 * factor * Math.exp(0.04 * this.#normal()),
      decodeMs,
      queueMs: 0,
      machine: signal ? signal(this.job) : machine * Math.exp(0.05 * this.#normal()),
    };
  }

  /** Runs the next job. */
  next(): HealthSample {
    const { fault, units } = this.#options;
    if (fault?.step !== undefined && fault.place !== "nothing" && this.job === fault.from) {
      this.#units[fault.unit ?? 0]![fault.place].faulty = true;
    }
    const unit = this.job % units;
    const sample = this.sample(unit);
    const at = this.#units[unit]!;
    at.since += 1;
    for (const place of new Set([at.state, at.context, at.process])) place.jobs += 1;
    return sample;
  }

  /** What the detector decides is done. */
  obey(detector: Detector, decision: Decision): void {
    this.events.push({ job: this.job, decision });
    if (decision.type !== "reset") return;
    const { unit, rung, cause } = decision;
    this.reset(unit, rung, cause === "follow");
    detector.wasReset(unit, rung);
  }

  reset(unit: number, rung: Rung, follows = false): void {
    const at = this.#units[unit]!;
    const canary = this.#units[this.#canary]!;
    at.state = fresh();
    if (rung !== "state") {
      const shares = follows && this.#options.shared;
      at.context = shares ? canary.context : fresh();
      if (rung === "process") at.process = shares ? canary.process : fresh();
      if (!follows) this.#canary = unit;
    }
    at.since = 0;
    at.warm = WARM[rung];
  }

  #one(detector: Detector): void {
    for (const decision of detector.observe(this.next())) this.obey(detector, decision);
  }

  #concerns(unit: number): boolean {
    const { fault, shared } = this.#options;
    if (fault?.unit === undefined) return true;
    return fault.unit === unit || (shared === true && fault.place !== "state");
  }

  #normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return radius * Math.cos(2 * Math.PI * this.#random());
  }
}

/** Slowness of the first jobs after a reset. */
const WARM: Readonly<Record<Rung, readonly number[]>> = {
  state: [],
  context: [1.3, 1.05],
  process: [1.8, 1.15],
};

function fresh(): Instance {
  return { faulty: false, jobs: 0 };
}
