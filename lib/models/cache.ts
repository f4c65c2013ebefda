import { join, resolve } from "node:path";
import envPaths from "env-paths";
import { WhisperArgumentError } from "../errors.js";
import { packageRoot } from "../package-root.js";
import type { ModelInfo } from "./registry.js";

/**
 * The folder that holds downloaded models, as an absolute path. It need not exist yet.
 *
 * In this order: `cacheDir`; the environment variable `STEADY_WHISPER_CACHE`; `steady-whisper/models`
 * in the platform's cache folder (`$XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches`,
 * `%LOCALAPPDATA%\steady-whisper\Cache`).
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG
 */
export function cacheDirectory(cacheDir?: string): string {
  if (cacheDir !== undefined) {
    if (typeof cacheDir !== "string" || cacheDir === "" || cacheDir.includes("\0")) {
      throw new WhisperArgumentError("cacheDir", cacheDir, "the path of a folder");
    }
    return resolve(cacheDir);
  }
  const fromEnvironment = process.env.STEADY_WHISPER_CACHE;
  if (fromEnvironment) return resolve(fromEnvironment);
  return join(envPaths("steady-whisper", { suffix: "" }).cache, "models");
}

/** Where this model is, or would be once downloaded. */
export function cachedPath(model: ModelInfo, directory: string): string {
  return join(directory, model.file);
}

/** Absolute path of the model that comes with this package. */
export function embeddedModelPath(): string {
  return join(packageRoot, "models", "micro", "micro-q5_0.bin");
}
