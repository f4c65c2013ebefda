import type { ContextGeneration, Seat } from "./generation.js";
import type { RecycleSettings } from "./settings.js";

/** Why something is replaced. "regression" and "preventive" are decisions on latencies. */
export type RecycleReason =
  | "max-jobs"
  | "max-age"
  | "max-growth"
  | "manual"
  | "regression"
  | "preventive"
  | "crash";

/** One generation's own limits, after jitter. */
interface Limits {
  maxJobs: number;
  maxAgeMs: number;
}

/** When a generation is due to be replaced. */
export class RecyclePolicy {
  readonly #settings: RecycleSettings;
  readonly #random: () => number;
  readonly #limits = new WeakMap<object, Limits>();

  constructor(settings: RecycleSettings, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
  }

  get rung() {
    return this.#settings.rung;
  }

  /** Why it is due, if it is. */
  due(seat: Seat): RecycleReason | undefined {
    const subject = this.subject(seat);
    const { maxJobs, maxAgeMs } = this.#limitsOf(subject);
    if (subject.jobs >= maxJobs) return "max-jobs";
    if (performance.now() - subject.createdAt >= maxAgeMs) return "max-age";
    const { rssBytes, gpuBytes = 0 } = seat.context.memory.growth;
    const { maxGrowthBytes = Number.POSITIVE_INFINITY } = this.#settings;
    if (Math.max(rssBytes, gpuBytes) >= maxGrowthBytes) return "max-growth";
    return undefined;
  }

  /** Ms until the seat is due for its age; Infinity without such a limit. */
  untilOld(seat: Seat): number {
    const subject = this.subject(seat);
    return subject.createdAt + this.#limitsOf(subject).maxAgeMs - performance.now();
  }

  /** What is counted and replaced: a slot's own state, or its context with all slots on it. */
  subject(seat: Seat): Seat | ContextGeneration {
    return this.#settings.rung === "state" ? seat : seat.context;
  }

  #limitsOf(subject: object): Limits {
    let limits = this.#limits.get(subject);
    if (limits === undefined) {
      limits = {
        maxJobs: Math.max(1, Math.round(this.#jittered(this.#settings.maxJobs))),
        maxAgeMs: this.#jittered(this.#settings.maxAgeMs),
      };
      this.#limits.set(subject, limits);
    }
    return limits;
  }

  #jittered(limit = Number.POSITIVE_INFINITY): number {
    return limit * (1 + this.#settings.jitter * (2 * this.#random() - 1));
  }
}
