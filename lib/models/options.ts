import { WhisperArgumentError } from "../errors.js";

/** Options of everything that only looks into the cache. */
export interface CacheOptions {
  /** Folder for models. Default: `STEADY_WHISPER_CACHE`, then the platform's cache folder. */
  cacheDir?: string;
}

/**
 * Callers without types may pass null, or a path where the options belong.
 * @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG
 */
export function requireObject(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw new WhisperArgumentError("options", options, "an object");
  }
}
