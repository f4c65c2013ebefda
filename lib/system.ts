import { native } from "./native/load.js";
import type { DeviceInfo } from "./types.js";

/** What this build of whisper.cpp is and finds on this machine. */
export interface SystemInfo {
  /** Version of the embedded whisper.cpp. */
  readonly whisperVersion: string;
  /** CPU instruction sets and features that the CPU backend uses, by ggml's names. */
  readonly cpuFeatures: readonly string[];
  /** Devices that contexts can be created on. */
  readonly devices: readonly DeviceInfo[];
}

/** @throws {WhisperError} `ERR_WHISPER_ADDON_NOT_FOUND`, `ERR_WHISPER_BACKEND_UNAVAILABLE` (no CPU backend beside the addon) */
export function systemInfo(): SystemInfo {
  return native().systemInfo();
}

/**
 * The codes of all languages that multilingual models know: "en", "zh", "de", ...
 *
 * @throws {WhisperError} as `systemInfo()`
 */
export function languages(): string[] {
  return native().languages();
}

/**
 * Bytes of memory that this process can still take before the system, or the limit of its container, stops it: what is
 * free, or holds cache that is easily given up. A snapshot: other processes take from the same memory.
 *
 * On Linux it is the kernel's `MemAvailable` within the memory limit of the control group, the figure that models and
 * states on a CPU are checked against before they are loaded or made (`ERR_WHISPER_OUT_OF_MEMORY`). Elsewhere it is
 * Node's `process.availableMemory()`; undefined where neither can tell. For a GPU's own memory, see
 * `context.deviceMemory()`.
 *
 * @throws {WhisperError} as `systemInfo()`
 */
export function availableMemory(): number | undefined {
  // Runtimes other than Node may lack the function, and 0 is libuv's word for "unknown".
  return native().availableMemory() ?? (process.availableMemory?.() || undefined);
}
