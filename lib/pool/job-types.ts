import type { JobTiming, TranscribeResult } from "../types.js";

/** Where a job is, or how it ended. */
export type JobStatus = "waiting" | "running" | JobOutcome;

/** How a job ended. "cancelled": by its caller, or by the pool's end. */
export type JobOutcome = "completed" | "failed" | "cancelled" | "timed-out";

/** A job's times in a pool, in ms. */
export interface PoolTiming extends JobTiming {
  /** Reading and decoding the audio, also of a `Float32Array`; it may lie within `queueMs`. */
  readonly decodeAudioMs: number;
  /** From submission until a slot took the job. */
  readonly queueMs: number;
  /** From submission to the result. */
  readonly totalMs: number;
}

/** What a pool's job resolves with. */
export interface PoolResult extends TranscribeResult {
  readonly jobId: string;
  readonly timing: PoolTiming;
  /** Index of the slot that ran it. */
  readonly slot: number;
  /** Generation of the context that it ran on. */
  readonly generation: number;
}
