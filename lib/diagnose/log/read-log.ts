import { abortedBy, onAbort } from "../../audio/abort.js";
import { callOutside } from "../../call-outside.js";
import { WhisperArgumentError, WhisperError } from "../../errors.js";
import type { JobFacts } from "./job-facts.js";
import { JobStore } from "./job-store.js";
import type { LineTally } from "./line-tally.js";
import { Lives } from "./lives.js";
import type { CheckedLogOptions } from "./log-options.js";
import type { LogSource } from "./log-source.js";
import { readOwnLine } from "./own-line.js";
import { LogScanner } from "./scanner.js";
import { WorkerJobs } from "./worker-jobs.js";

const PROGRESS_BYTES = 8 * 1024 * 1024;

/** What a log has. */
export interface LogContents {
  readonly bytes: number;
  readonly lines: LineTally;
  readonly store: JobStore;
  readonly incomplete: number;
}

/**
 * Reads a log to its end.
 *
 * @throws {WhisperError} `ERR_WHISPER_LOG_READ`, `ERR_WHISPER_ABORTED`; `ERR_WHISPER_INVALID_ARG` for chunks that are no bytes
 */
export async function readLog(
  { chunks, name, totalBytes }: LogSource,
  { signal, onProgress, maxJobs }: Pick<CheckedLogOptions, "signal" | "onProgress" | "maxJobs">,
): Promise<LogContents> {
  const store = new JobStore(maxJobs);
  const lives = new Lives();
  const add = (job: JobFacts) => store.add(job, lives.placeOf(job));
  const worker = new WorkerJobs(add);
  const scanner = new LogScanner({
    field: (field) => worker.take(field),
    own: (text, line) => {
      const job = readOwnLine(text, line);
      if (job !== undefined && job !== "other") add(job);
      return job !== undefined;
    },
  });
  let bytes = 0;
  let told = 0;
  const tell = () => {
    told = bytes;
    if (onProgress) callOutside(() => onProgress({ bytes, totalBytes, jobs: store.found }));
  };
  for await (const chunk of untilAborted(chunks, name, signal)) {
    scanner.push(chunk);
    bytes += chunk.length;
    if (bytes - told >= PROGRESS_BYTES) tell();
  }
  scanner.end();
  worker.end();
  tell();
  return { bytes, lines: scanner.lines, store, incomplete: worker.incomplete };
}

/** The chunks as bytes. A signal ends it even while the next one doesn't come. */
async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let forget = () => {};
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(abortedBy(signal, "reading the log")));
  });
  aborted.catch(() => {}); // for one that comes while nothing is awaited
  let ended = false;
  try {
    while (true) {
      const reading = iterator.next();
      const next = await (signal ? Promise.race([aborted, reading]) : reading);
      ended = next.done === true;
      if (next.done) return;
      yield bytesOf(next.value);
    }
  } catch (cause) {
    if (cause instanceof WhisperError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WhisperError("ERR_WHISPER_LOG_READ", `${name} can't be read: ${why}`, { cause });
  } finally {
    forget();
    // Not awaited: a stream that doesn't give its next chunk may not end either.
    if (!ended) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return Buffer.from(chunk);
  throw new WhisperArgumentError("source", chunk, "a stream of bytes");
}
