import type { MemorySample, Rung } from "../engine/engine.js";
import type { Growth } from "./generation-memory.js";
import type { JobOutcome } from "./job-types.js";
import type { Quantiles } from "./quantiles.js";
import type { RecycleReason } from "./recycle-policy.js";
import type { SlotStatus } from "./slot.js";
import type { ResetCosts } from "./warm-up.js";

/** One slot, as of the snapshot. */
export interface SlotStats {
  readonly slot: number;
  readonly status: SlotStatus;
  readonly jobId: string | undefined;
  /** Jobs that it has been given. */
  readonly jobs: number;
  /** Generations of its context and its state. */
  readonly generation: number;
  readonly stateGeneration: number;
  /** Jobs of its state since that was as new. */
  readonly jobsSinceReset: number;
  /** Memory of its state, in bytes. */
  readonly stateBytes: number;
}

/** One generation of a context that slots are on. */
export interface GenerationStats {
  readonly generation: number;
  readonly engineGeneration: number;
  readonly slots: readonly number[];
  readonly jobs: number;
  readonly ageMs: number;
  readonly loadMs: number;
  readonly warmMs: number;
  readonly weightsBytes: number;
  /** Growth of memory since its first jobs. */
  readonly growth: Growth;
}

/** One engine that slots are on. */
export interface EngineStats {
  readonly engineGeneration: number;
  /** Of its process: this one's with isolation "thread". */
  readonly pid: number;
  /** Generations of the contexts in it that slots are on. */
  readonly generations: readonly number[];
  readonly ageMs: number;
}

export interface QueueStats {
  /** Jobs without a slot. */
  readonly waiting: number;
  readonly maxWaiting: number;
  /** How long the job that waits for longest has been waiting, in ms; 0 if none waits. */
  readonly oldestMs: number;
}

export type PoolState = "open" | "draining" | "closed" | "failed";

/** A pool, as of one moment. */
export interface PoolStats {
  readonly state: PoolState;
  readonly uptimeMs: number;
  readonly threadsPerSlot: number;
  readonly queue: QueueStats;
  readonly slots: readonly SlotStats[];
  readonly generations: readonly GenerationStats[];
  readonly engines: readonly EngineStats[];
  readonly counters: {
    /** Jobs that were accepted, since the start. */
    readonly accepted: number;
    /** Jobs that were not, and why: a full queue, a pool that isn't open, wrong options or a signal aborted before. */
    readonly refused: {
      readonly queueFull: number;
      readonly notOpen: number;
      readonly invalid: number;
    };
    readonly running: number;
    /** How the accepted ones ended. */
    readonly outcomes: Readonly<Record<JobOutcome, number>>;
    /** States that were made as new. */
    readonly resets: number;
    /** Recycles that did what they were to, by rung and by reason. */
    readonly recycles: Readonly<Record<Rung, number>>;
    readonly recycleReasons: Readonly<Record<RecycleReason, number>>;
    readonly recyclesFailed: number;
    readonly recyclesSkipped: number;
    /** Engines that have died, and runs of jobs that this has cut off; isolation "process" only. */
    readonly crashes: number;
    readonly interruptions: number;
  };
  /** Of completed jobs since the pool's start: times in ms; `rtf`: time on the state's thread divided by the audio's length. */
  readonly quantiles: {
    readonly queueMs: Quantiles;
    readonly runMs: Quantiles;
    readonly totalMs: Quantiles;
    readonly rtf: Quantiles;
  };
  /** What making a state as new costs here, measured at the start, and what is done. Undefined with reset "never". */
  readonly reset: ResetCosts | undefined;
  /** As of the last job that ended; undefined before the first. */
  readonly memory: MemorySample | undefined;
}
