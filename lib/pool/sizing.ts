/** How many slots a pool has, and how many threads each. */
export interface Sizing {
  readonly slots: number;
  readonly threadsPerSlot: number;
}

/** whisper-cli's default; more threads for one job gain little on most CPUs. */
const THREADS_OF_A_JOB = 4;

/** Two jobs keep a GPU busy while one of them samples on the CPU. */
const SLOTS_ON_A_GPU = 2;

/**
 * What wasn't given is chosen so that slots times threads don't exceed the cores: threads of one job wait for each
 * other at each graph node, so one that has no core holds up all of them.
 */
export function chooseSizing(
  given: { slots: number | undefined; threadsPerSlot: number | undefined },
  machine: { cores: number; gpu: boolean },
): Sizing {
  const { cores, gpu } = machine;
  const slots =
    given.slots ??
    (gpu
      ? SLOTS_ON_A_GPU
      : Math.max(
          1,
          Math.floor(cores / (given.threadsPerSlot ?? Math.min(THREADS_OF_A_JOB, cores))),
        ));
  const threadsPerSlot =
    given.threadsPerSlot ?? Math.max(1, Math.min(THREADS_OF_A_JOB, Math.floor(cores / slots)));
  return { slots, threadsPerSlot };
}

/** Default slots are given at most this share of the memory that is available. */
const MEMORY_SHARE = 0.5;

/** As many default slots as memory has room for, at least one. The first state exists already. */
export function slotsWithinMemory(
  slots: number,
  stateBytes: number,
  availableBytes: number | undefined,
): number {
  if (availableBytes === undefined || stateBytes <= 0) return slots;
  return Math.max(1, Math.min(slots, 1 + Math.floor((availableBytes * MEMORY_SHARE) / stateBytes)));
}
