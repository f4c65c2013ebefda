import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { inCache } from "./cache-errors.js";
import { type Algorithm, hashFile } from "./verify.js";

/**
 * A download on its way: `<file>.part` holds its bytes, `<file>.part.json` says which version of the file
 * they belong to. Without that note nobody could tell, so such a part is not continued.
 *
 * Only the holder of the model's lock may touch these files, so whatever goes by their names first asks whether this
 * process still is the holder. Every file-system failure is ERR_WHISPER_CACHE_WRITE.
 */
export class PartFile {
  /** Bytes that are here. */
  offset = 0;
  /** What the next request may be conditional on. */
  validator: string | undefined;

  readonly path: string;
  readonly #finalPath: string;
  readonly #algorithm: Algorithm | undefined;
  readonly #confirm: () => Promise<void>;
  #hash: Hash | undefined;
  #handle: FileHandle | undefined;

  /** @param confirm rejects when the model's lock is another process's */
  constructor(finalPath: string, algorithm: Algorithm | undefined, confirm: () => Promise<void>) {
    this.path = `${finalPath}.part`;
    this.#finalPath = finalPath;
    this.#algorithm = algorithm;
    this.#confirm = confirm;
    this.#hash = algorithm && createHash(algorithm);
  }

  get #note(): string {
    return `${this.path}.json`;
  }

  #io<T>(operation: () => Promise<T>): Promise<T> {
    return inCache(dirname(this.path), operation);
  }

  /** Takes up a part that an earlier call left, reading it once for its hash. */
  async resume(sizeBytes: number, signal: AbortSignal): Promise<void> {
    const validator = await readNote(this.#note);
    const found = await stat(this.path).catch(() => undefined);
    if (validator === undefined || !found?.isFile()) return;
    if (found.size === 0 || found.size > sizeBytes) return;
    await this.#io(async () => {
      if (this.#hash) await hashFile(this.path, found.size, this.#hash, signal);
      signal.throwIfAborted();
      this.#handle = await open(this.path, "r+");
    });
    this.offset = found.size;
    this.validator = validator;
  }

  /** Empties the part: what follows is the first byte of the version that `validator` names. */
  async restart(validator: string | undefined): Promise<void> {
    await this.close();
    await this.#confirm();
    await this.#io(async () => {
      await rm(this.#note, { force: true });
      this.#handle = await open(this.path, "w");
      if (validator !== undefined) await writeFile(this.#note, JSON.stringify({ validator }));
    });
    this.#hash = this.#algorithm && createHash(this.#algorithm);
    this.offset = 0;
    this.validator = validator;
  }

  /** Adds bytes at the end. */
  async append(chunk: Uint8Array): Promise<void> {
    const handle = this.#opened();
    await this.#io(async () => {
      let done = 0;
      while (done < chunk.length) {
        const at = this.offset + done;
        done += (await handle.write(chunk, done, chunk.length - done, at)).bytesWritten;
      }
    });
    this.#hash?.update(chunk);
    this.offset += chunk.length;
  }

  /** Hash of all bytes, in hex; undefined when none is asked for. The last call on the bytes. */
  digest(): string | undefined {
    return this.#hash?.digest("hex");
  }

  /** The same of what the file now holds: `digest()` doesn't know what another process may have written to it. */
  async digestOnDisk(signal: AbortSignal): Promise<string | undefined> {
    const hash = this.#algorithm && createHash(this.#algorithm);
    if (hash) await this.#io(() => hashFile(this.path, this.offset, hash, signal));
    return hash?.digest("hex");
  }

  /** Puts the bytes on the disk, and then the file in its place, in one step. */
  async commit(): Promise<void> {
    await this.#io(async () => {
      await this.#opened().sync();
      await this.close();
    });
    await this.#confirm();
    await this.#io(async () => {
      await rename(this.path, this.#finalPath);
      await rm(this.#note, { force: true });
    });
    await syncFolder(dirname(this.path));
  }

  /** Closes the file and keeps it for the next call. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {});
  }

  /** Deletes what is here. */
  async discard(): Promise<void> {
    await this.close();
    await this.#confirm();
    await this.#io(async () => {
      await rm(this.#note, { force: true });
      await rm(this.path, { force: true });
    });
    this.offset = 0;
    this.validator = undefined;
  }

  #opened(): FileHandle {
    if (!this.#handle) throw new Error("the part is not open");
    return this.#handle;
  }
}

async function readNote(path: string): Promise<string | undefined> {
  try {
    const { validator } = JSON.parse(await readFile(path, "utf8")) as { validator?: unknown };
    return typeof validator === "string" && validator !== "" ? validator : undefined;
  } catch {
    return undefined;
  }
}

// So that the name survives a power cut, too. Not every platform can.
async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close().catch(() => {});
}
