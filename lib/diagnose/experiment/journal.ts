import { type FileHandle, open, readFile, truncate } from "node:fs/promises";
import { WhisperArgumentError } from "../../errors.js";
import type { Measurement } from "../measurement.js";
import type { Cuts } from "./cuts.js";
import { differences, type Fingerprint } from "./fingerprint.js";

const KIND = "steady-whisper diagnosis";
const SCHEMA = 1;

/** The first line of a journal: what makes a later start the same run. */
export interface JournalHeader {
  readonly startedAt: string;
  readonly seed: number;
  readonly cuts: Cuts;
  readonly fingerprint: Fingerprint;
}

/** What a journal holds. */
export interface JournalContent {
  readonly header: JournalHeader;
  readonly measurements: readonly Measurement[];
}

/**
 * A run on disk: JSON lines, a header and then one line for each block, so that what is torn off by a crash is a block, which is
 * run again.
 */
export class Journal {
  readonly #file: FileHandle;
  readonly #path: string;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Begins one. Rejects with `ERR_WHISPER_INVALID_ARG` if the file is there already, or can't be made. */
  static async create(path: string, header: JournalHeader): Promise<Journal> {
    const journal = new Journal(path, await opened(path, "ax"));
    await journal.#append({ kind: KIND, schema: SCHEMA, ...header });
    return journal;
  }

  /** Goes on with one that `readJournal()` has read. Rejects with `ERR_WHISPER_INVALID_ARG` if it can't be written. */
  static async resume(path: string): Promise<Journal> {
    return new Journal(path, await opened(path, "a"));
  }

  /** Adds the jobs of a block; they are on the disk when it resolves. */
  async add(measurements: readonly Measurement[]): Promise<void> {
    await this.#append({ block: measurements[0]?.block, measurements });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #append(line: object): Promise<void> {
    try {
      await this.#file.appendFile(`${JSON.stringify(line)}\n`);
      await this.#file.sync();
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }
}

/**
 * Reads a journal, and takes off a last line that isn't whole.
 *
 * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`: there is none, or it is no journal
 */
export async function readJournal(path: string): Promise<JournalContent> {
  const text = await readFile(path, "utf8").catch((cause: Error) => {
    throw notAJournal(path, { cause });
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
  const [first, ...blocks] = whole
    .split("\n")
    .filter(Boolean)
    .map((line) => parsed(path, line));
  if (first?.kind !== KIND || first.schema !== SCHEMA) throw notAJournal(path);
  return {
    header: first as unknown as JournalHeader,
    measurements: blocks.flatMap(({ measurements }) => {
      if (!Array.isArray(measurements)) throw notAJournal(path);
      return measurements as Measurement[];
    }),
  };
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`, naming what differs */
export function checkSameRun(path: string, journal: Fingerprint, now: Fingerprint): void {
  const changed = differences(journal, now);
  if (changed.length === 0) return;
  throw new WhisperArgumentError(
    "journal",
    path,
    `that of a run of the same kind; what differs from it: ${changed.join(", ")}`,
  );
}

function parsed(path: string, line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw notAJournal(path, { cause });
  }
}

async function opened(path: string, flags: "a" | "ax"): Promise<FileHandle> {
  try {
    return await open(path, flags);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function unwritable(path: string, cause: unknown): WhisperArgumentError {
  const expected = `a new file that can be written (${(cause as Error).message})`;
  return new WhisperArgumentError("journal", path, expected, { cause });
}

function notAJournal(path: string, options: { cause?: unknown } = {}): WhisperArgumentError {
  return new WhisperArgumentError("journal", path, "the journal of an earlier run", options);
}
