import type { Rung } from "../../lib/health/sample.js";
import type { AudioWork } from "./generate/audio.js";

/** A job as it would be on a healthy, warm unit, whatever is decided: slowdowns and warm-up come on top. */
export interface StreamJob extends AudioWork {
  readonly seq: number;
  readonly unit: number;
  readonly arrivalMs: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
  /** How slow a probe found the machine; 1 is as usual. Undefined: there is no probe. */
  readonly machine: number | undefined;
}

/** What makes one unit slow. A unit has one fault at most. */
export interface Fault {
  readonly unit: number;
  /** The unit's jobs before the first slow one. */
  readonly onset: number;
  readonly course: "step" | "creep";
  /** Step: the slowdown as a factor. Creep: what each job adds to the factor. */
  readonly magnitude: number;
  /** The largest factor of a creep. */
  readonly cap: number;
  /** Which part of a job is slow. */
  readonly phase: "decode" | "both";
  /** The lowest rung whose reset cures it. A cured creep starts again from nothing. */
  readonly cure: Rung | "none";
  /** The unit's jobs after which a cured step is back. Undefined: never. */
  readonly recursAfter: number | undefined;
}

/** Jobs for a pool, and the truth about what makes them slow. */
export interface Stream {
  readonly id: string;
  readonly scenario: string;
  readonly units: number;
  /** The units share a context and an engine; a reset of one at these rungs moves that one alone to a new one. */
  readonly shared: boolean;
  /** How long a reset keeps a unit from its next job. */
  readonly resetMs: Readonly<Record<Rung, number>>;
  /** Factors on the first jobs after a reset. */
  readonly warmUp: Readonly<Record<Rung, readonly number[]>>;
  /** Factors on the first jobs of the stream. */
  readonly warmUpAtStart: readonly number[];
  readonly faults: readonly Fault[];
  readonly jobs: readonly StreamJob[];
}
