export { RUNGS, type Rung } from "../engine/rungs.js";

/**
 * One finished job as the detector sees it. A unit is what can be reset by itself and runs one job at a time: a slot of a
 * pool. Samples come in the order in which jobs end.
 */
export interface HealthSample {
  /** Number of the job in the pool, counting up. Gaps are allowed (failed and cancelled jobs). */
  readonly seq: number;
  /** Which unit ran it, an integer from 0. */
  readonly unit: number;
  /** Monotonic time of its end in ms, for budgets by the hour. */
  readonly atMs: number;
  /** Jobs that the unit had run since its last reset at any rung, whoever asked for it; 0 for the first. */
  readonly sinceReset: number;
  /**
   * What makes jobs comparable beyond their work: decoding options that change the cost (beams, timestamps, ...). Jobs of
   * different kinds have cost models of their own. Default: "".
   */
  readonly kind?: string | undefined;
  /** Length of the audio in s. */
  readonly audioSeconds: number;
  /** 30 s windows that were encoded, at least 1. */
  readonly windows: number;
  /** Tokens that were kept. */
  readonly tokens: number;
  /** Tokens that fallback attempts spent and threw away, and how many such attempts there were. */
  readonly fallbackTokens: number;
  readonly fallbacks: number;
  readonly segments: number;
  /** Time of encoder passes, and all other time on the unit's thread, in ms. */
  readonly encodeMs: number;
  readonly decodeMs: number;
  readonly queueMs: number;
  /**
   * How much slower than usual the machine was during the job, by a signal that isn't the job's own speed: a fixed probe, or
   * the time that its threads waited for a processor. 1: as usual. Undefined: unknown.
   */
  readonly machine?: number | undefined;
}
