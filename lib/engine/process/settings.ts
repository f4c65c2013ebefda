import { WhisperArgumentError } from "../../errors.js";
import { type Check, checkEach, integer, MAX_TIMER_MS } from "../../option-checks.js";

/** Options of the processes that host engines; only with isolation "process". */
export interface EngineOptions {
  /**
   * A job that shows no sign of progress for this time in ms, 100 to 2147483647, ends the engine, and so does a process that
   * doesn't answer; a spectrogram gets a tenth of the audio's length on top. Signs are graph nodes on the CPU and whole passes of the encoder or decoder on a
   * GPU: choose more than the longest of these. Default: 60000.
   */
  stallMs?: number | undefined;
  /** Longest start of a process, and longest load of a model, in ms, 100 to 2147483647. Default: 600000. */
  loadTimeoutMs?: number | undefined;
  /**
   * Address space of a process in bytes, from 1 GiB (Node alone reserves that much), where the platform has such a limit (Linux). What needs more fails:
   * with a coded error, or by the end of that process. Default: no limit.
   */
  maxAddressSpaceBytes?: number | undefined;
  /**
   * Environment variables for the processes, on top of the few that they get: PATH, temporary folder, language, and those
   * of loaders, GPU drivers, OpenMP, allocators and sanitizers.
   */
  env?: Readonly<Record<string, string>> | undefined;
}

/** The same with defaults. */
export interface EngineSettings {
  stallMs: number;
  loadTimeoutMs: number;
  maxAddressSpaceBytes: number | undefined;
  env: Readonly<Record<string, string>>;
}

const checks: Record<keyof EngineOptions, Check> = {
  stallMs: integer(100, MAX_TIMER_MS),
  loadTimeoutMs: integer(100, MAX_TIMER_MS),
  maxAddressSpaceBytes: integer(2 ** 30, Number.MAX_SAFE_INTEGER),
  env: (name, value) => {
    const entries = typeof value === "object" && value !== null ? Object.entries(value) : undefined;
    const fits = entries?.every(
      ([key, text]) => /^[^=\0]+$/.test(key) && typeof text === "string" && !text.includes("\0"),
    );
    if (!fits) throw new WhisperArgumentError(name, value, "an object of strings without NUL");
  },
};

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function engineSettings(options: EngineOptions): EngineSettings {
  checkEach(options, "engine", checks);
  const { stallMs = 60_000, loadTimeoutMs = 600_000, maxAddressSpaceBytes, env = {} } = options;
  return { stallMs, loadTimeoutMs, maxAddressSpaceBytes, env: { ...env } };
}
