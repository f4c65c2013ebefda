import { mkdir, stat } from "node:fs/promises";
import { WhisperAbortError, WhisperModelError } from "../errors.js";
import { cacheDirectory, cachedPath, embeddedModelPath } from "./cache.js";
import { inCache } from "./cache-errors.js";
import { type CheckedOptions, checkOptions, type DownloadOptions } from "./download-options.js";
import { modelUrl } from "./endpoint.js";
import { type FileLock, lockFile } from "./file-lock.js";
import { PartFile } from "./part-file.js";
import {
  checkModelInfo,
  EMBEDDED_MODEL,
  findModel,
  type ModelInfo,
  unknownModel,
} from "./registry.js";
import { TransferError } from "./request.js";
import { transfer } from "./transfer.js";
import {
  algorithmOf,
  checkDigest,
  checkFile,
  checkStructure,
  isWhole,
  type StructureCheck,
  saysWrongBytes,
} from "./verify.js";

/**
 * Downloads a model into the cache, unless it is there, and returns its absolute path.
 *
 * Resumes what an earlier call left, retries, checks the bytes (SHA-256, else SHA-1, else size and
 * structure), and only then gives the file its name: nobody ever sees half a model. A second call for the
 * same model, in this or another process, waits for the first and returns its file.
 *
 * @param model a name from the list, or a description of a model of your own
 * @throws WhisperModelError ERR_WHISPER_MODEL_UNKNOWN, ERR_WHISPER_DOWNLOAD_FAILED (with address and
 *   status), ERR_WHISPER_CHECKSUM_MISMATCH, ERR_WHISPER_MODEL_INVALID, ERR_WHISPER_CACHE_WRITE
 * @throws WhisperError ERR_WHISPER_ADDON_NOT_FOUND, ERR_WHISPER_BACKEND_UNAVAILABLE, ERR_WHISPER_MODEL_READ,
 *   ERR_WHISPER_OUT_OF_MEMORY: native code checks whisper models without a known hash
 * @throws WhisperAbortError ERR_WHISPER_ABORTED
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG
 */
export async function downloadModel(
  model: string | ModelInfo,
  options: DownloadOptions = {},
): Promise<string> {
  const checked = checkOptions(options);
  if (model === EMBEDDED_MODEL) return embeddedModelPath();
  const info = typeof model === "object" && model !== null ? checkModelInfo(model) : named(model);
  const directory = cacheDirectory(options.cacheDir);
  const job = {
    model: info,
    directory,
    path: cachedPath(info, directory),
    url: modelUrl(info, options.endpoint),
    verifyStructure: options.verifyStructure ?? checkFile,
  };
  const { signal } = checked;
  try {
    signal.throwIfAborted();
    if (!(await isWhole(job.path, info, checked.verifyCached, signal))) await locked(job, checked);
    return job.path;
  } catch (error) {
    throw explained(error, job, signal);
  }
}

interface Job {
  model: ModelInfo;
  directory: string;
  path: string;
  url: URL;
  verifyStructure: StructureCheck;
}

function named(name: string): ModelInfo {
  const model = findModel(name);
  if (!model) throw unknownModel(String(name));
  return model;
}

async function locked(job: Job, options: CheckedOptions): Promise<void> {
  const { path, directory, model } = job;
  const { signal } = options;
  const onWait = async () => {
    const part = await stat(`${path}.part`).catch(() => undefined);
    if (part) options.onProgress({ receivedBytes: part.size, totalBytes: model.sizeBytes });
  };
  await inCache(directory, () => mkdir(directory, { recursive: true }));
  const lock = await lockFile(`${path}.lock`, { signal, onWait });
  try {
    // Whoever held the lock until now may have brought it.
    if (await isWhole(path, model, options.verifyCached, signal)) return;
    await fetchFile(job, options, lock);
  } finally {
    await lock.release();
  }
}

async function fetchFile(job: Job, options: CheckedOptions, lock: FileLock): Promise<void> {
  const { model, path, url } = job;
  const signal = AbortSignal.any([options.signal, lock.lost]);
  const algorithm = algorithmOf(model);
  const digestOf = (part: PartFile) =>
    lock.ownerMayLive ? part.digestOnDisk(signal) : part.digest();
  const part = new PartFile(path, algorithm, () => lock.confirm());
  try {
    // If its owner still writes, only a hash of the file can tell: without one, start anew in another file.
    if (lock.ownerMayLive && !algorithm) await part.discard();
    else await part.resume(model.sizeBytes, signal);
    await transfer({ url, sizeBytes: model.sizeBytes }, part, options, signal);
    try {
      if (algorithm) checkDigest(model, await digestOf(part), `the file from ${url.href}`);
      else await checkStructure(job.verifyStructure, part.path, model);
    } catch (error) {
      if (saysWrongBytes(error)) await part.discard();
      throw error;
    }
    signal.throwIfAborted();
    await part.commit();
  } catch (cause) {
    if (!lock.lost.aborted) throw cause;
    const text = "another process has taken over the download; run it again to wait for that one";
    throw new TransferError(text, { retryable: false, cause });
  } finally {
    await part.close();
  }
}

function explained(error: unknown, { model, url }: Job, signal: AbortSignal): unknown {
  if (signal.aborted) {
    const text = `the download of ${model.name} was aborted; the next one goes on from what is here`;
    return new WhisperAbortError(text, { cause: signal.reason });
  }
  if (!(error instanceof TransferError)) return error;
  const text = `can't download ${model.name} from ${url.href}: ${error.message}`;
  return new WhisperModelError("ERR_WHISPER_DOWNLOAD_FAILED", text, {
    cause: error.cause ?? error,
  });
}
