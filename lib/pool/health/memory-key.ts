import { arch, cpus, platform } from "node:os";
import { WhisperArgumentError } from "../../errors.js";
import { checkMemory, type HealthMemory } from "../../health/memory.js";
import type { ContextInfo } from "../../types.js";

/** What a pool knows of its jobs' costs, as plain JSON. */
export interface PoolHealthMemory {
  /** What it goes for: the model, the device, the threads and the machine. */
  readonly key: string;
  readonly detector: HealthMemory;
}

/** What was read from somewhere. @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function checkPoolMemory(memory: unknown): void {
  const { key, detector } = (memory ?? {}) as Partial<PoolHealthMemory>;
  if (typeof key !== "string") {
    throw new WhisperArgumentError("health.memory", memory, "what pool.healthMemory() returned");
  }
  checkMemory(detector);
}

/** What costs depend on, other than the work and the options of a job. */
export function memoryKey({ model, device }: ContextInfo, threadsPerSlot: number): string {
  const processor = `${platform()} ${arch()} ${cpus()[0]?.model.trim() ?? "unknown"} x${cpus().length}`;
  return JSON.stringify({ model, device: device.name, threadsPerSlot, processor });
}
