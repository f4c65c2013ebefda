import type { WhisperEngineError } from "../errors.js";

/** The end of an engine's process that nobody wanted. */
export interface CrashReport {
  readonly engineGeneration: number;
  readonly pid: number;
  /** How it ended, with the last lines that it has written. */
  readonly error: WhisperEngineError;
  /** Slots that were on it. */
  readonly slots: readonly number[];
  /** Jobs that ran in it. They are run again, unless one was alone. */
  readonly jobs: readonly string[];
}
