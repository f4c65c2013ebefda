import type { Rung } from "../engine/engine.js";
import type { WhisperError } from "../errors.js";
import type { RecycleReason } from "./recycle-policy.js";

/**
 * - "done": all slots that were meant have moved, or have left the pool, or were given something newer meanwhile;
 * - "skipped": memory forbids two generations at once, and not all slots were meant, so that the old one must stay;
 * - "failed": see `error`. Slots that haven't moved keep what they have;
 * - "closed": the pool was closed meanwhile.
 */
export type RecycleOutcome = "done" | "skipped" | "failed" | "closed";

/** One recycle, after its end. */
export interface RecycleReport {
  readonly rung: Rung;
  readonly reason: RecycleReason;
  readonly outcome: RecycleOutcome;
  /** Slots that moved, in the order in which they did. */
  readonly slots: readonly number[];
  /** Generations that they left: of contexts, or with rung "state" of states. */
  readonly from: readonly number[];
  /** Generation that they moved to; undefined with rung "state", where each gets one of its own, and if none was made. */
  readonly to: number | undefined;
  /** True: memory had no room for two generations, so jobs waited from the end of the old one until the new one was ready. */
  readonly stopped: boolean;
  /** Bytes that building before freeing needs, and what there was. Undefined `availableBytes`: unknown, taken for enough. */
  readonly neededBytes: number;
  readonly availableBytes: number | undefined;
  /** Loading the model, in ms; 0 where none was loaded. */
  readonly loadMs: number;
  /** The warm-up in a state that is thrown away, in ms. */
  readonly warmMs: number;
  /** From the request to the last slot's move, in ms: waiting for jobs to end included. */
  readonly totalMs: number;
  readonly error: WhisperError | undefined;
}
