import type { DeviceInfo, GpuBackend } from "../types.js";
import { fromNative } from "./errors.js";
import { native, nativePath } from "./load.js";
import { type TriedGpuBackend, tryGpuBackend, tryGpuBackendSync } from "./try-gpu-backend.js";

// GPU drivers abort, hang and crash. What one of them does to a process is found out in another one; what went well there
// is loaded here, and nothing else. Once for each thread of JavaScript: a driver that is repaired is found by the next
// process, such as a pool's next engine.

let tried: readonly TriedGpuBackend[] | undefined;
let loading: Promise<readonly GpuBackend[]> | undefined;
let known: readonly GpuBackend[] | undefined;

/**
 * Loads the GPU backends beside the addon that work, into this process. Resolves with all that lie there, and why those
 * that aren't usable are not. Never rejects for one that isn't.
 */
export function loadGpuBackends(): Promise<readonly GpuBackend[]> {
  loading ??= load();
  return loading;
}

async function load(): Promise<readonly GpuBackend[]> {
  const files = native().systemInfo().gpuBackendFiles;
  tried ??= await Promise.all(files.map((file) => tryGpuBackend(nativePath(), file)));
  const backends: GpuBackend[] = [];
  for (const { devices: _, ...backend } of tried) {
    backends.push(backend.usable ? await loadHere(backend) : backend);
  }
  known = Object.freeze(backends.map((backend) => Object.freeze(backend)));
  return known;
}

/** What `loadGpuBackends()` has resolved with, or will: undefined where that takes a while. */
export function knownGpuBackends(): readonly GpuBackend[] | undefined {
  if (native().systemInfo().gpuBackendFiles.length === 0) known ??= Object.freeze([]);
  return known;
}

async function loadHere(backend: GpuBackend): Promise<GpuBackend> {
  try {
    await native().loadGpuBackend(backend.path);
    return backend;
  } catch (error) {
    return {
      ...backend,
      usable: false,
      reason: `It worked in another process, but not in this one: ${fromNative(error).message}.`,
      remedy: "Run `npx steady-whisper doctor`.",
    };
  }
}

/**
 * The same without loading any: for a question that can't wait. It blocks for as long as the drivers take to start, a
 * second or two, or a minute for one that hangs, the first time, if there are GPU backends at all.
 */
export function gpuBackends(): { backends: readonly GpuBackend[]; devices: readonly DeviceInfo[] } {
  const files = native().systemInfo().gpuBackendFiles;
  tried ??= files.map((file) => tryGpuBackendSync(nativePath(), file));
  const backends = known ?? tried.map(({ devices: _, ...backend }) => backend);
  const usable = tried.filter((_, index) => backends[index]?.usable);
  return { backends, devices: usable.flatMap(({ devices }) => devices) };
}
