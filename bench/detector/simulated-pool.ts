import { type HealthSample, RUNGS, type Rung } from "../../lib/health/sample.js";
import type { Fault, Stream, StreamJob } from "./stream.js";

export interface FinishedJob {
  /** What a detector sees of it. */
  readonly sample: HealthSample;
  /** From arrival to end, and the time on the unit alone. */
  readonly latencyMs: number;
  readonly serviceMs: number;
}

/** What a reset met with. */
export interface ResetOutcome {
  /** By what factor the unit's next job would have been slow. */
  readonly slowdown: number;
  /** What cures that; undefined if nothing was wrong. */
  readonly cure: Rung | "none" | undefined;
}

interface Unit {
  readonly fault: Fault | undefined;
  jobs: number;
  sinceReset: number;
  warmUp: readonly number[];
  /** When it can start its next job. */
  freeAtMs: number;
  /** Its jobs when the fault was last cured. */
  curedAt: number | undefined;
}

/**
 * Runs a stream's jobs under the decisions of a detector. What a job costs a healthy unit is fixed by the stream; a reset
 * changes nothing but the fault and the warm-up, so that any decisions can be compared on the same stream.
 */
export class SimulatedPool {
  readonly #stream: Stream;
  readonly #units: Unit[];
  #resetMs = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#units = Array.from({ length: stream.units }, (_, unit) => ({
      fault: stream.faults.find((fault) => fault.unit === unit),
      jobs: 0,
      sinceReset: 0,
      warmUp: stream.warmUpAtStart,
      freeAtMs: 0,
      curedAt: undefined,
    }));
  }

  /** Time that all resets took, in ms. */
  get resetMs(): number {
    return this.#resetMs;
  }

  jobsOf(unit: number): number {
    return this.#unit(unit).jobs;
  }

  curedAt(unit: number): number | undefined {
    return this.#unit(unit).curedAt;
  }

  run(job: StreamJob): FinishedJob {
    const unit = this.#unit(job.unit);
    const slowdown = slowdownOf(unit);
    const warmUp = unit.warmUp[unit.sinceReset] ?? 1;
    const encodeMs = job.encodeMs * warmUp * (unit.fault?.phase === "both" ? (slowdown ?? 1) : 1);
    const decodeMs = job.decodeMs * warmUp * (slowdown ?? 1);
    const startMs = Math.max(job.arrivalMs, unit.freeAtMs);
    const endMs = startMs + encodeMs + decodeMs;
    const sample: HealthSample = {
      seq: job.seq,
      unit: job.unit,
      // Jobs are told in the order of arrival, and time mustn't go backwards.
      atMs: job.arrivalMs,
      sinceReset: unit.sinceReset,
      audioSeconds: job.audioSeconds,
      windows: job.windows,
      tokens: job.tokens,
      fallbackTokens: job.fallbackTokens,
      fallbacks: job.fallbacks,
      segments: job.segments,
      encodeMs: tenths(encodeMs),
      decodeMs: tenths(decodeMs),
      queueMs: tenths(startMs - job.arrivalMs),
      machine: job.machine,
    };
    unit.freeAtMs = endMs;
    unit.jobs += 1;
    unit.sinceReset += 1;
    return { sample, latencyMs: endMs - job.arrivalMs, serviceMs: encodeMs + decodeMs };
  }

  /** Resets a unit before its next job. */
  reset(number: number, rung: Rung): ResetOutcome {
    const unit = this.#unit(number);
    const slowdown = slowdownOf(unit);
    const cure = slowdown === undefined ? undefined : unit.fault?.cure;
    if (cure !== undefined && cures(rung, cure)) unit.curedAt = unit.jobs;
    unit.sinceReset = 0;
    unit.warmUp = this.#stream.warmUp[rung];
    unit.freeAtMs += this.#stream.resetMs[rung];
    this.#resetMs += this.#stream.resetMs[rung];
    return { slowdown: slowdown ?? 1, cure };
  }

  #unit(number: number): Unit {
    const unit = this.#units[number];
    if (!unit) throw new RangeError(`stream ${this.#stream.id} has no unit ${number}`);
    return unit;
  }
}

/** Whether a reset at `rung` cures what needs one at `cure`: a higher rung renews all that a lower one does. */
export function cures(rung: Rung, cure: Rung | "none"): boolean {
  return cure !== "none" && RUNGS.indexOf(rung) >= RUNGS.indexOf(cure);
}

/** The factor by which the fault makes the unit's next job slow; undefined when it doesn't show. */
function slowdownOf({ fault, jobs, curedAt }: Unit): number | undefined {
  if (!fault || jobs < fault.onset) return undefined;
  const age = jobs - (curedAt ?? fault.onset);
  if (fault.course === "creep") return Math.min(fault.cap, 1 + fault.magnitude * (age + 1));
  const shows =
    curedAt === undefined || (fault.recursAfter !== undefined && age >= fault.recursAfter);
  return shows ? fault.magnitude : undefined;
}

/** Rounded to 0.1, and a half to the even tenth as Python does: only odd quarters lie exactly between two tenths. */
function tenths(value: number): number {
  const quarters = value * 4;
  if (quarters % 2 === 1) return (2 * Math.round(Math.floor(value * 10) / 2)) / 10;
  return Number(value.toFixed(1));
}
