import { gpuBackends } from "./native/gpu-backends.js";
import { native, nativePath } from "./native/load.js";
import type { CpuVariant, DeviceInfo, GpuBackend } from "./types.js";

/** What this build of whisper.cpp is and finds on this machine. */
export interface SystemInfo {
  /** Version of the embedded whisper.cpp. */
  readonly whisperVersion: string;
  /** The addon's file. */
  readonly addonPath: string;
  /** The CPU backend in use: one of `cpuVariants`, by name. */
  readonly cpuVariant: string;
  /** CPU backends beside the addon, the best one for this CPU first. */
  readonly cpuVariants: readonly CpuVariant[];
  /** CPU instruction sets and features that the CPU backend uses, by ggml's names. */
  readonly cpuFeatures: readonly string[];
  /** GPU backends beside the addon, and why those that aren't usable are not. */
  readonly gpuBackends: readonly GpuBackend[];
  /** Devices that contexts can be created on. */
  readonly devices: readonly DeviceInfo[];
}

/**
 * Where GPU backends lie beside the addon, the first call tries them in child processes, and blocks for as long as that
 * takes: a second or two, a minute for a driver that hangs. `WhisperContext.create()` does the same without blocking.
 *
 * @throws {WhisperError} `ERR_WHISPER_ADDON_NOT_FOUND`, `ERR_WHISPER_BACKEND_UNAVAILABLE` (no CPU backend beside the addon)
 */
export function systemInfo(): SystemInfo {
  const { gpuBackendFiles: _, devices, ...info } = native().systemInfo();
  const tried = gpuBackends();
  return {
    ...info,
    addonPath: nativePath(),
    gpuBackends: tried.backends,
    // What isn't loaded into this process yet is loaded when a context asks for it.
    devices: [...devices.filter(({ gpu }) => !gpu), ...tried.devices],
  };
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
