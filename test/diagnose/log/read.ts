import { readLog } from "../../../lib/diagnose/log/read-log.js";

/** Reads a log that comes in pieces of so many bytes. */
export function read(log: string | Uint8Array, piece = 1 << 16) {
  const bytes = Buffer.from(log);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  }
  const source = { chunks: chunks(), name: "test", totalBytes: undefined };
  return readLog(source, { signal: undefined, onProgress: undefined, maxJobs: 1000 });
}
