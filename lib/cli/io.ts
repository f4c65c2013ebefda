import type { Readable, Writable } from "node:stream";

/** A stream that may be a terminal. */
export type Terminal = Writable & { readonly isTTY?: boolean };

/** What a command may touch of the process: results go to `stdout`, everything else to `stderr`. */
export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Writes `text`, and waits until the stream has taken it. Rejects with the stream's error, EPIPE among them. */
export function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** One line for a failure: what it was about, what happened, and the code to look up. */
export function failureLine(error: unknown, about?: string): string {
  const { message, code } = error as { message?: string; code?: unknown };
  const what = `${about === undefined ? "" : `${about}: `}${message ?? String(error)}`;
  const suffix = typeof code === "string" && code.startsWith("ERR_WHISPER_") ? ` [${code}]` : "";
  return `steady-whisper: ${what.replaceAll(/[^\P{Cc}]+/gu, " ")}${suffix}\n`;
}
