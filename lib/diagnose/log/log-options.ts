import { checkSignal } from "../../audio/abort.js";
import { WhisperArgumentError } from "../../errors.js";
import { checkEach, elsewhere, integer, reading, text } from "../../option-checks.js";

/** How far the log has been read. */
export interface LogProgress {
  readonly bytes: number;
  /** Undefined for a stream. */
  readonly totalBytes: number | undefined;
  readonly jobs: number;
}

/** Options of `diagnoseLog()`. */
export interface LogOptions {
  /** Ends the reading: `ERR_WHISPER_ABORTED`. */
  signal?: AbortSignal | undefined;
  /** Called every 8 MiB, and at the end. What it throws becomes an `uncaughtException`. */
  onProgress?: ((progress: LogProgress) => void) | undefined;
  /** What the log is called in the diagnosis. Default: the file's name, "standard input" for a stream. */
  name?: string | undefined;
  /** Most jobs that are judged, 100 to 2000000; of more, every other one is left out, and so on. Default: 200000. */
  maxJobs?: number | undefined;
}

const MAX_JOBS = 200_000;
const MOST_NAME_BYTES = 4096;

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function checkLogOptions(options: LogOptions) {
  return reading("options", options, () => {
    checkEach(options, "options", {
      signal: elsewhere,
      onProgress: (name, value) => {
        if (typeof value !== "function") throw new WhisperArgumentError(name, value, "a function");
      },
      name: text(MOST_NAME_BYTES),
      maxJobs: integer(100, 2_000_000),
    });
    const { signal, onProgress, name, maxJobs = MAX_JOBS } = options;
    return { signal: checkSignal(signal), onProgress, name, maxJobs };
  });
}

export type CheckedLogOptions = ReturnType<typeof checkLogOptions>;
