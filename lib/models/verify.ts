import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { WhisperError, WhisperModelError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import { native } from "../native/load.js";
import { checkOf, type ModelInfo } from "./registry.js";

/** The hashes that a model can be checked with. */
export type Algorithm = "sha256" | "sha1";

/**
 * Checks the structure of a model whose hash nobody knows; throws when the file is not what it should be.
 * `path` is the file as it was downloaded, before it gets its name.
 */
export type StructureCheck = (path: string, model: ModelInfo) => Promise<void> | void;

const GGML_MAGIC = 0x67676d6c;

/** What this model's bytes are hashed with; undefined when no hash is known. */
export function algorithmOf(model: ModelInfo): Algorithm | undefined {
  const check = checkOf(model);
  return check === "size and structure" ? undefined : check;
}

/**
 * ERR_WHISPER_CHECKSUM_MISMATCH unless `actual` is the hash that is known for this model.
 * @param where what was hashed, for the message
 */
export function checkDigest(model: ModelInfo, actual: string | undefined, where: string): void {
  const algorithm = algorithmOf(model);
  const expected = algorithm && model[algorithm];
  if (expected === actual) return;
  const name = algorithm === "sha1" ? "SHA-1" : "SHA-256";
  throw new WhisperModelError(
    "ERR_WHISPER_CHECKSUM_MISMATCH",
    `${where} is not ${model.name}: its ${name} is ${actual}, expected ${expected}; ` +
      "it was deleted. Download it again, or from another endpoint",
  );
}

/**
 * Runs a structure check; whatever it throws says that the model is not valid.
 * @throws WhisperError ERR_WHISPER_MODEL_INVALID, or another coded error of the check's own
 */
export async function checkStructure(
  check: StructureCheck,
  path: string,
  model: ModelInfo,
): Promise<void> {
  try {
    await check(path, model);
  } catch (cause) {
    if (cause instanceof WhisperError && cause.code !== "ERR_WHISPER_MODEL_INVALID") throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `what was downloaded as ${model.name} is not a whole model: ${reason}`;
    throw new WhisperModelError("ERR_WHISPER_MODEL_INVALID", text, { cause });
  }
}

/** Whether a check failed because of the bytes that it saw, rather than because it could not see them. */
export function saysWrongBytes(error: unknown): boolean {
  if (!(error instanceof WhisperError)) return false;
  return ["ERR_WHISPER_CHECKSUM_MISMATCH", "ERR_WHISPER_MODEL_INVALID"].includes(error.code);
}

/**
 * The structure check that is used when the caller gives none. A whisper model is read to its last byte, as it is
 * before it is loaded; of a VAD model only the first bytes are looked at, which must say "ggml model".
 */
export async function checkFile(path: string, model: ModelInfo): Promise<void> {
  if (model.kind === "vad") return checkMagic(path);
  try {
    await native().checkModelFile(path);
  } catch (error) {
    throw fromNative(error);
  }
}

async function checkMagic(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.readUInt32LE(0) === GGML_MAGIC) return;
    const found = buffer.subarray(0, bytesRead).toString("hex") || "nothing";
    throw new Error(`it starts with ${found} instead of 6c6d6767, the mark of a ggml model`);
  } finally {
    await handle.close();
  }
}

/** True when the file has the model's exact size; with `deep`, also when its hash is the known one. */
export async function isWhole(
  path: string,
  model: ModelInfo,
  deep: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size !== model.sizeBytes) return false;
  const algorithm = algorithmOf(model);
  if (!deep || !algorithm) return true;
  const hash = createHash(algorithm);
  try {
    await hashFile(path, found.size, hash, signal);
  } catch {
    signal.throwIfAborted();
    return false; // A file that can't be read is of no use.
  }
  return hash.digest("hex") === model[algorithm];
}

/** Feeds the first `sizeBytes` of a file to `hash`, a piece at a time. */
export async function hashFile(
  path: string,
  sizeBytes: number,
  hash: Hash,
  signal: AbortSignal,
): Promise<void> {
  const pieces = createReadStream(path, { end: sizeBytes - 1, highWaterMark: 2 ** 20, signal });
  for await (const piece of pieces) hash.update(piece as Buffer);
}
