import type { ContextOptions } from "../context-options.js";
import type { Isolation, Rung } from "../engine/engine.js";
import type { EngineOptions } from "../engine/process/settings.js";
import type { HealthOptions } from "../health/index.js";
import type { TranscribeOptions } from "../options.js";
import type { Logger } from "../telemetry/logger.js";
import type { PoolHealthMemory } from "./health/memory-key.js";

/**
 * When a slot's state is made as new:
 * - "every-job": after each job, so that no job's result depends on what ran before it;
 * - "when-dirty": only where the next job could notice. Results are the same;
 * - "never": results depend on history. For experiments.
 */
export type ResetPolicy = "every-job" | "when-dirty" | "never";

/** When generations are replaced without being asked. All off by default. */
export interface RecycleOptions {
  /** Jobs after which it is replaced, 1 to 1e9: of a context those of all slots on it, of a state its own. */
  maxJobs?: number | undefined;
  /** Age in ms after which it is replaced, 1 to 2147483647. */
  maxAgeMs?: number | undefined;
  /**
   * Growth of the process's resident memory, or of the GPU's used memory, in bytes, since the generation's first jobs, after
   * which it is replaced. Other code in the process grows too: choose hundreds of MiB.
   */
  maxGrowthBytes?: number | undefined;
  /**
   * Share of `maxJobs` and `maxAgeMs` by which each generation's own limit differs at random, up or down, 0 to 0.5, so that
   * pools that were started together don't recycle together. Default: 0.1.
   */
  jitter?: number | undefined;
  /** What is replaced. Default: "context". */
  rung?: Rung | undefined;
}

export interface QueueOptions {
  /**
   * Jobs of the same or a higher priority that may wait before one, while all slots have jobs, 0 to 1e6; one more is rejected
   * with `ERR_WHISPER_QUEUE_FULL`. A flood of low priority never turns higher ones away. Default: 64.
   */
  maxWaiting?: number | undefined;
  /** Longest wait for a slot in ms, 1 to 2147483647; then `ERR_WHISPER_QUEUE_TIMEOUT`. Default: no limit. */
  maxWaitMs?: number | undefined;
  /**
   * Slots that jobs of lower priority than `reservedPriority` can't take, so that a flood of long ones never holds up the
   * others; 0 to 63. One slot is always left to all. Default: 0.
   */
  reservedSlots?: number | undefined;
  /** Least priority of jobs that may run on reserved slots, -1000 to 1000. Default: 1. */
  reservedPriority?: number | undefined;
}

/** How latencies are judged (docs/health.md). */
export interface PoolHealthOptions {
  /**
   * Whether a slot that is idle runs a short clip of its own before a context or an engine is replaced, which is then only done
   * if the clip is slow, too. Costs four short jobs at the pool's start, and as many each time; not done with `dtw`. Default: true.
   */
  confirm?: boolean | undefined;
  /**
   * What `pool.healthMemory()` of an earlier process gave: the pool knows from its first job what jobs should take. That of another
   * model, device or machine is left aside, with a warning. Default: none.
   */
  memory?: PoolHealthMemory | undefined;
  /** The detector's own numbers; the export `healthParameters` has their units, defaults and meanings. */
  parameters?: Omit<HealthOptions, "confirm"> | undefined;
}

/** Options of `WhisperPool.create()`. */
export interface PoolOptions extends Omit<ContextOptions, "onLog"> {
  /**
   * As for `WhisperContext.create()`: path, `file:` URL, name or bytes. Every recycle of a context reads it again: leave a file
   * and bytes unchanged. Default: the embedded micro model.
   */
  model?: string | URL | Uint8Array | undefined;
  /**
   * Where contexts live. "thread": in this process, each slot on a thread of its own; what crashes whisper.cpp beyond what is
   * caught ends this process. "process": in a child process, which is replaced when it crashes or stalls; its jobs are run
   * again. Default: "process".
   */
  isolation?: Isolation | undefined;
  /** Of the child processes; only with isolation "process". */
  engine?: EngineOptions | undefined;
  /**
   * Jobs that run side by side, 1 to 64. Each has a state of its own; all share the weights. Default: cores divided by
   * `threadsPerSlot`, as far as half of the available memory goes; 2 on a GPU.
   */
  slots?: number | undefined;
  /** CPU threads of each job. Default: cores divided by `slots`, at most 4. Results can depend on it in the last digits. */
  threadsPerSlot?: number | undefined;
  /** Default: "every-job". */
  reset?: ResetPolicy | undefined;
  recycle?: RecycleOptions | undefined;
  /**
   * Whether each job's time is compared with what its work should take, and slots that have become slow are reset: events
   * `regression`, `verified`, `gave-up`, `budget`, and `pool.health()`. Default: true.
   */
  health?: boolean | PoolHealthOptions | undefined;
  queue?: QueueOptions | undefined;
  /** pino, or a logger of its shape: debug for jobs, info for recycles, warn and error for what they say. Default: none. */
  logger?: Logger | undefined;
  /** Ends `create()` with `ERR_WHISPER_ABORTED`. Of no effect afterwards. */
  signal?: AbortSignal | undefined;
}

/** Options of `pool.transcribe()`. */
export interface JobOptions extends Omit<TranscribeOptions, "threads"> {
  /** Names the job in logs and events, at most 256 bytes; whether it is unique is the caller's affair. Default: a random UUID. */
  id?: string | undefined;
  /** Goes into logs and events with the job, at most 256 bytes. */
  sessionId?: string | undefined;
  /** Higher ones first, first in first out among equals; an integer from -1000 to 1000. Default: 0. */
  priority?: number | undefined;
  /** From submission to result, in ms, 1 to 2147483647; then `ERR_WHISPER_JOB_TIMEOUT`. Default: no limit. */
  timeoutMs?: number | undefined;
  /** Longest wait for a slot in ms, 1 to 2147483647. Default: the pool's `queue.maxWaitMs`. */
  maxWaitMs?: number | undefined;
}
