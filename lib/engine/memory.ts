import type { DeviceMemory } from "../types.js";
import type { MemorySample } from "./engine.js";

/** Bytes that new weights and states can take: of the GPU if there is one. Undefined where unknown. */
export function freeBytes({ gpu, availableBytes }: MemorySample): number | undefined {
  return gpu ? gpu.freeBytes : availableBytes;
}

/** Bytes of a GPU that are taken, by whomever. */
export function usedBytes({ totalBytes, freeBytes }: DeviceMemory): number {
  return totalBytes - freeBytes;
}
