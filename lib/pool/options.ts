import { checkSignal } from "../audio/abort.js";
import type { AudioInput } from "../audio/input.js";
import type { ContextOptions } from "../context-options.js";
import type { Isolation, Rung } from "../engine/engine.js";
import { WhisperArgumentError } from "../errors.js";
import { type Check, integer, number, oneOf } from "../option-checks.js";
import type { TranscribeOptions } from "../options.js";
import { checkLogger, type Logger } from "../telemetry/logger.js";

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
  /** Age in ms after which it is replaced, up to 2147483647. */
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
   * Jobs that may wait while all slots have jobs, 0 to 1e6; one more is rejected with `ERR_WHISPER_QUEUE_FULL`. Default: 64.
   */
  maxWaiting?: number | undefined;
  /** Longest wait for a slot in ms, up to 2147483647; then `ERR_WHISPER_QUEUE_TIMEOUT`. Default: no limit. */
  maxWaitMs?: number | undefined;
  /**
   * Slots that jobs of lower priority than `reservedPriority` can't take, so that a flood of long ones never holds up the
   * others; 0 to 63. One slot is always left to all. Default: 0.
   */
  reservedSlots?: number | undefined;
  /** Least priority of jobs that may run on reserved slots. Default: 1. */
  reservedPriority?: number | undefined;
}

/** Options of `WhisperPool.create()`. */
export interface PoolOptions extends Omit<ContextOptions, "onLog"> {
  /** As for `WhisperContext.create()`: path, `file:` URL, name or bytes. Default: the embedded micro model. */
  model?: string | URL | Uint8Array | undefined;
  /** Where contexts live. "thread": in this process, each slot on a thread of its own. Default: "thread". */
  isolation?: Isolation | undefined;
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
  queue?: QueueOptions | undefined;
  /** pino, or a logger of its shape: debug for jobs, info for recycles, warn and error for what they say. Default: none. */
  logger?: Logger | undefined;
  /** Ends `create()` with `ERR_WHISPER_ABORTED`. Of no effect afterwards. */
  signal?: AbortSignal | undefined;
}

/** Options of `pool.transcribe()`. */
export interface JobOptions extends Omit<TranscribeOptions, "threads"> {
  /** Names the job in logs and events, at most 256 bytes. Default: a random UUID. */
  id?: string | undefined;
  /** Goes into logs and events with the job, at most 256 bytes. */
  sessionId?: string | undefined;
  /** Higher ones first, first in first out among equals; an integer from -1000 to 1000. Default: 0. */
  priority?: number | undefined;
  /** From submission to result, in ms, up to 2147483647; then `ERR_WHISPER_JOB_TIMEOUT`. Default: no limit. */
  timeoutMs?: number | undefined;
  /** Overrides the pool's `queue.maxWaitMs` for this job. */
  maxWaitMs?: number | undefined;
}

/** Longest delay of a timer. */
const MAX_MS = 2 ** 31 - 1;

/** Options with their defaults. @internal */
export interface PoolSettings {
  model: string | URL | Uint8Array | undefined;
  context: ContextOptions;
  isolation: Isolation;
  slots: number | undefined;
  threadsPerSlot: number | undefined;
  reset: ResetPolicy;
  recycle: RecycleSettings;
  queue: QueueSettings;
  logger: Logger | undefined;
}

/** @internal */
export interface RecycleSettings {
  maxJobs: number | undefined;
  maxAgeMs: number | undefined;
  maxGrowthBytes: number | undefined;
  jitter: number;
  rung: Rung;
}

/** @internal */
export interface QueueSettings {
  maxWaiting: number;
  maxWaitMs: number | undefined;
  reservedSlots: number;
  reservedPriority: number;
}

/** The checks that native code's own limits don't cover; `any`: checked elsewhere. */
const any: Check = () => {};

export const MAX_SLOTS = 64;
export const checkSlots = integer(1, MAX_SLOTS);

const poolChecks: Record<keyof PoolOptions, Check> = {
  ...{ model: any, backend: any, device: any, flashAttention: any, dtw: any, allowWeightless: any },
  isolation: oneOf("thread"),
  slots: checkSlots,
  threadsPerSlot: integer(1, 512),
  reset: oneOf("every-job", "when-dirty", "never"),
  recycle: any,
  queue: any,
  logger: (_, value) => void checkLogger(value),
  signal: (_, value) => void checkSignal(value),
};

const recycleChecks: Record<keyof RecycleOptions, Check> = {
  maxJobs: integer(1, 1e9),
  maxAgeMs: integer(1, MAX_MS),
  maxGrowthBytes: integer(1, Number.MAX_SAFE_INTEGER),
  jitter: number(0, 0.5),
  rung: oneOf("state", "context", "process"),
};

const priority = integer(-1000, 1000);

const queueChecks: Record<keyof QueueOptions, Check> = {
  maxWaiting: integer(0, 1e6),
  maxWaitMs: integer(1, MAX_MS),
  reservedSlots: integer(0, MAX_SLOTS - 1),
  reservedPriority: priority,
};

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` @internal */
export function poolSettings(options: PoolOptions): PoolSettings {
  check(options, "options", poolChecks);
  const { model, isolation = "thread", slots, threadsPerSlot, reset = "every-job" } = options;
  const { recycle = {}, queue = {}, logger, ...rest } = options;
  check(recycle, "recycle", recycleChecks);
  check(queue, "queue", queueChecks);
  const { jitter = 0.1, rung = "context" } = recycle;
  if (rung === "process" && isolation === "thread") {
    throw new WhisperArgumentError(
      "recycle.rung",
      rung,
      '"state" or "context" with isolation "thread": this process can\'t be replaced',
    );
  }
  const { backend, device, flashAttention, dtw, allowWeightless } = rest;
  const { maxWaiting = 64, maxWaitMs, reservedSlots = 0, reservedPriority = 1 } = queue;
  if (slots !== undefined && reservedSlots >= slots) {
    throw new WhisperArgumentError(
      "queue.reservedSlots",
      reservedSlots,
      `less than slots (${slots}): one is left to jobs of every priority`,
    );
  }
  const { maxJobs, maxAgeMs, maxGrowthBytes } = recycle;
  return {
    ...{ model, isolation, slots, threadsPerSlot, reset, logger },
    context: { backend, device, flashAttention, dtw, allowWeightless },
    recycle: { maxJobs, maxAgeMs, maxGrowthBytes, jitter, rung },
    queue: { maxWaiting, maxWaitMs, reservedSlots, reservedPriority },
  };
}

/** What the pool itself takes of a job's options; the rest is for the engine. */
const jobChecks = {
  id: name,
  sessionId: name,
  priority,
  timeoutMs: integer(1, MAX_MS),
  maxWaitMs: integer(1, MAX_MS),
};

/** @internal */
export interface JobSettings {
  own: Pick<JobOptions, keyof typeof jobChecks>;
  transcribe: Omit<TranscribeOptions, "threads">;
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` @internal */
export function jobSettings(options: JobOptions): JobSettings {
  if (typeof options !== "object" || options === null) {
    throw new WhisperArgumentError("options", options, "an object");
  }
  const { id, sessionId, priority, timeoutMs, maxWaitMs, ...transcribe } = options;
  const own = { id, sessionId, priority, timeoutMs, maxWaitMs };
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined) jobChecks[key as keyof typeof own](key, value);
  }
  if ((transcribe as TranscribeOptions).threads !== undefined) {
    throw new WhisperArgumentError(
      "threads",
      (transcribe as TranscribeOptions).threads,
      "left out: the pool's threadsPerSlot goes for all of its jobs",
    );
  }
  return { own, transcribe };
}

/** @internal */
export interface JobRequest {
  audio: AudioInput;
  settings: JobSettings;
}

function name(key: string, value: unknown): void {
  if (typeof value !== "string" || value === "" || Buffer.byteLength(value) > 256) {
    throw new WhisperArgumentError(key, value, "a string of 1 to 256 bytes");
  }
}

function check(options: unknown, what: string, checks: Record<string, Check>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new WhisperArgumentError(what, options, "an object");
  }
  const prefix = what === "options" ? "" : `${what}.`;
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const own = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (own === undefined) {
      throw new WhisperArgumentError(what, `{ ${key} }`, "free of unknown names");
    }
    own(`${prefix}${key}`, value);
  }
}
