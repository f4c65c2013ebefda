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

/** A result that could not be written. `code` is the operating system's, such as ENOSPC. */
export class OutputError extends Error {
  readonly code: string | undefined;

  constructor(cause: unknown) {
    const { message, code } = cause as NodeJS.ErrnoException;
    super(`the result could not be written: ${message}`, { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** Standard output takes no result: not this one, and no later one either. */
export class StdoutError extends OutputError {
  /** True when its reader has left, such as `head` when it has seen enough. */
  get readerLeft(): boolean {
    return this.code === "EPIPE";
  }
}

/** Writes a result, and waits until standard output has taken it. Rejects with a StdoutError. */
export async function print(io: CliIo, text: string): Promise<void> {
  try {
    await write(io.stdout, text);
  } catch (error) {
    throw new StdoutError(error);
  }
}

/** Writes to standard error, and waits for it. That it can't be written changes nothing: never throws or rejects. */
export async function say(io: CliIo, text: string): Promise<void> {
  await write(io.stderr, text).catch(() => {});
}

function write(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** One line for a failure: what it was about, what happened, and the code to look up. */
export function failureLine(error: unknown, about?: string): string {
  const { message, code } = error as { message?: string; code?: unknown };
  const what = `${about === undefined ? "" : `${about}: `}${message ?? String(error)}`;
  const suffix = typeof code === "string" ? ` [${code}]` : "";
  return `steady-whisper: ${what.replaceAll(/[^\P{Cc}]+/gu, " ")}${suffix}\n`;
}
