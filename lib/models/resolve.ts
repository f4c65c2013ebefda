import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { WhisperArgumentError, WhisperModelError } from "../errors.js";
import { cacheDirectory, cachedPath, embeddedModelPath } from "./cache.js";
import { type CacheOptions, requireObject } from "./options.js";
import { EMBEDDED_MODEL, findModel, unknownModel } from "./registry.js";

/**
 * Absolute path where a model of the list is, or would be once downloaded.
 * @throws WhisperModelError ERR_WHISPER_MODEL_UNKNOWN
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG
 */
export function modelPath(name: string, options: CacheOptions = {}): string {
  requireObject(options);
  const directory = cacheDirectory(options.cacheDir);
  if (name === EMBEDDED_MODEL) return embeddedModelPath();
  const model = findModel(name);
  if (!model) throw unknownModel(String(name));
  return cachedPath(model, directory);
}

/**
 * The file to load for what a user gave as a model. Looks at names and sizes only, never downloads.
 *
 * - undefined: the model that comes with this package.
 * - a path: an existing file, or anything that looks like a path; returned as it is.
 * - a name of the list: its file in the cache.
 * @throws WhisperModelError ERR_WHISPER_MODEL_NOT_FOUND when a known model is not in the cache (the message
 *   names the command that downloads it), ERR_WHISPER_MODEL_UNKNOWN
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG
 */
export async function resolveModel(
  nameOrPath?: string,
  options: CacheOptions = {},
): Promise<string> {
  requireObject(options);
  if (nameOrPath === undefined) return embeddedModelPath();
  if (typeof nameOrPath !== "string" || nameOrPath === "" || nameOrPath.includes("\0")) {
    throw new WhisperArgumentError(
      "model",
      nameOrPath,
      "the name of a model or the path of a file",
    );
  }
  // A folder that is called like a model must not hide it.
  const isFile = (await sizeOf(nameOrPath)) !== undefined;
  if (isFile || looksLikePath(nameOrPath)) return nameOrPath;
  const path = modelPath(nameOrPath, options);
  const found = await sizeOf(path);
  const expected = findModel(nameOrPath)?.sizeBytes ?? found;
  if (found !== undefined && found === expected) return path;
  const what =
    found === undefined ? "is not at" : `has ${found} bytes instead of ${expected} bytes at`;
  throw new WhisperModelError(
    "ERR_WHISPER_MODEL_NOT_FOUND",
    `model ${nameOrPath} ${what} ${path}: run \`npx steady-whisper models download ${nameOrPath}\`` +
      (options.cacheDir === undefined ? "" : ` with --cache-dir ${options.cacheDir}`),
  );
}

function looksLikePath(text: string): boolean {
  return isAbsolute(text) || /[\\/]|^\.|^~|\.(bin|gguf)$/i.test(text);
}

/** Size of a file in bytes; undefined when there is no such file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}
