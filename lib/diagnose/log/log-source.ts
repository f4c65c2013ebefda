import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { WhisperArgumentError, WhisperError } from "../../errors.js";

const CHUNK_BYTES = 1024 * 1024;

/** A log that can be read. */
export interface LogSource {
  readonly name: string;
  readonly totalBytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * @param source A path, a `file:` URL, or the bytes as they come (a stream of strings is read as UTF-8).
 * @throws {WhisperError} `ERR_WHISPER_LOG_READ`: no such file, a folder, or it can't be read
 * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
 */
export async function openLog(
  source: string | URL | AsyncIterable<Uint8Array>,
  name: string | undefined,
): Promise<LogSource> {
  if (typeof source !== "string" && !(source instanceof URL)) {
    if (!isAsyncIterable(source)) throw wrongSource(source);
    return { name: name ?? "standard input", totalBytes: undefined, chunks: source };
  }
  const path = pathOf(source);
  const quoted = JSON.stringify(path);
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === "ENOENT" || cause.code === "ENOTDIR";
    const message = missing ? `no log at ${quoted}` : `${quoted} can't be read: ${cause.message}`;
    throw new WhisperError("ERR_WHISPER_LOG_READ", message, { cause });
  });
  if (found.isDirectory()) {
    throw new WhisperError("ERR_WHISPER_LOG_READ", `${quoted} is a folder: name a log in it`);
  }
  return {
    name: name ?? basename(path),
    // A pipe or a device has no length.
    totalBytes: found.isFile() ? found.size : undefined,
    chunks: createReadStream(path, { highWaterMark: CHUNK_BYTES }),
  };
}

function pathOf(source: string | URL): string {
  const wrong = () => wrongSource(source);
  if (typeof source === "string") {
    if (source === "" || source.includes("\0")) throw wrong();
    return source;
  }
  if (source.protocol !== "file:") throw wrong();
  try {
    return fileURLToPath(source);
  } catch (cause) {
    throw new WhisperArgumentError("source", source.href, "a file: URL of this machine", { cause });
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function wrongSource(source: unknown): WhisperArgumentError {
  const received = source instanceof URL ? source.href : source;
  return new WhisperArgumentError("source", received, "a path, a file: URL or a stream of bytes");
}
