import { throwIfAborted } from "../../audio/abort.js";
import type { LogDiagnosis } from "../log-diagnosis.js";
import { checkLogOptions, type LogOptions } from "./log-options.js";

/**
 * Judges a worker's log: lines of jobs of this package (`jobLine()`, as pino writes them), and those of a faster-whisper worker
 * (sentences, and key=value records in any order, broken at any place). All other lines are counted and skipped, whatever they are:
 * no content of a log is an error. It is read once, in bounded memory.
 *
 * @param source A path, a `file:` URL, or a stream of bytes.
 * @throws {WhisperError} `ERR_WHISPER_LOG_READ`: no such file, a folder, or it can't be read
 * @throws {WhisperAbortError} `ERR_WHISPER_ABORTED`
 * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
 */
export async function diagnoseLog(
  source: string | URL | AsyncIterable<Uint8Array>,
  options: LogOptions = {},
): Promise<LogDiagnosis> {
  const checked = checkLogOptions(options);
  throwIfAborted(checked.signal, "reading the log");
  // A service that imports this package hardly ever comes here.
  const { readAndJudge } = await import("./read-and-judge.js");
  return readAndJudge(source, checked);
}
