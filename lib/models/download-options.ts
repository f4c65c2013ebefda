import { WhisperArgumentError } from "../errors.js";
import { requireObject } from "./options.js";
import type { StructureCheck } from "./verify.js";

/** How far a download is, in bytes of the whole file: a resumed one doesn't start at 0. */
export interface DownloadProgress {
  receivedBytes: number;
  totalBytes: number;
}

/** Options of `downloadModel`. */
export interface DownloadOptions {
  /** Ends the download; what was received is kept, and the next call goes on from there. */
  signal?: AbortSignal;
  /**
   * Called for each piece that has been written, and while another process downloads the same model. What it throws
   * becomes an uncaughtException, and the download goes on.
   */
  onProgress?: (progress: DownloadProgress) => void;
  /** Folder for models. Default: `STEADY_WHISPER_CACHE`, then the platform's cache folder. */
  cacheDir?: string;
  /** Address of Hugging Face or of a mirror. Default: `HF_ENDPOINT`, then `https://huggingface.co`. */
  endpoint?: string;
  /** Used instead of Node's own `fetch`, e.g. one with a proxy. Must support `redirect: "manual"`. */
  fetch?: typeof globalThis.fetch;
  /**
   * Checks a model without a known hash. Default: a whisper model is read to its last byte, as before it is loaded;
   * a VAD model must start like a ggml model.
   */
  verifyStructure?: StructureCheck;
  /** Reads a model that is already there, too, and replaces it if its hash is wrong. Default false. */
  verifyCached?: boolean;
  /**
   * Failed attempts that are followed by another one, 0 to 100. Those that brought at least 1 MiB don't count: the
   * next one always follows, and at once. Default 4.
   */
  retries?: number;
  /** Pause before the second attempt in ms; it doubles with each further one, up to 30 s. Default 1000. */
  retryDelayMs?: number;
  /** An attempt that receives nothing for this many ms is given up. Default 30000. */
  stallTimeoutMs?: number;
}

/** Options with every default in its place. */
export type CheckedOptions = Omit<
  Required<DownloadOptions>,
  "cacheDir" | "endpoint" | "verifyStructure"
>;

const MOST_MS = 2 ** 31 - 1;

/** @throws WhisperArgumentError ERR_WHISPER_INVALID_ARG */
export function checkOptions(options: DownloadOptions): CheckedOptions {
  requireObject(options);
  const { signal, onProgress, fetch, verifyStructure, verifyCached } = options;
  requireThat(
    signal === undefined || signal instanceof AbortSignal,
    "signal",
    signal,
    "an AbortSignal",
  );
  for (const [name, value] of Object.entries({ onProgress, fetch, verifyStructure })) {
    requireThat(value === undefined || typeof value === "function", name, value, "a function");
  }
  const deep = verifyCached ?? false;
  requireThat(typeof deep === "boolean", "verifyCached", deep, "true or false");
  return {
    signal: signal ?? new AbortController().signal,
    onProgress: onProgress ? detached(onProgress) : () => {},
    fetch: fetch ?? globalThis.fetch,
    verifyCached: deep,
    retries: whole("retries", options.retries ?? 4, 0, 100),
    retryDelayMs: whole("retryDelayMs", options.retryDelayMs ?? 1000, 0, MOST_MS),
    stallTimeoutMs: whole("stallTimeoutMs", options.stallTimeoutMs ?? 30_000, 1, MOST_MS),
  };
}

/** What a caller's callback throws is for the caller, and must not end the download. */
function detached<T>(callback: (value: T) => void): (value: T) => void {
  return (value) => {
    try {
      callback(value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

function whole(name: string, value: number, least: number, most: number): number {
  const fits = Number.isInteger(value) && value >= least && value <= most;
  requireThat(fits, name, value, `a whole number from ${least} to ${most}`);
  return value;
}

function requireThat(condition: boolean, name: string, value: unknown, expected: string): void {
  if (!condition) throw new WhisperArgumentError(name, value, expected);
}
