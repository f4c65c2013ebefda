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
