import { WhisperModelError } from "../errors.js";

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const REMEDY = "choose another folder with STEADY_WHISPER_CACHE, `cacheDir` or --cache-dir";

/** ERR_WHISPER_CACHE_WRITE for a file-system failure: names the folder and what to do. */
export function cacheWriteError(directory: string, error: unknown): WhisperModelError {
  const { code = "an unknown error", message = "" } = error as NodeJS.ErrnoException;
  const text = FULL.has(code)
    ? `no space left for the model cache ${directory} (${code}): free some space, or ${REMEDY}; ` +
      "what was received is kept, the next download goes on from there"
    : `can't write to the model cache ${directory} (${message || code}): ` +
      `make it a folder that this user can write to, or ${REMEDY}`;
  return new WhisperModelError("ERR_WHISPER_CACHE_WRITE", text, { cause: error });
}

/** Runs a file operation in the cache; whatever it throws becomes ERR_WHISPER_CACHE_WRITE. */
export async function inCache<T>(directory: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw cacheWriteError(directory, error);
  }
}
