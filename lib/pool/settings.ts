import { checkSignal } from "../audio/abort.js";
import type { AudioInput, ByteStream } from "../audio/input.js";
import { type ContextOptions, nativeContextOptions } from "../context-options.js";
import type { Isolation, Rung } from "../engine/engine.js";
import { type EngineSettings, engineSettings } from "../engine/process/settings.js";
import { RUNGS } from "../engine/rungs.js";
import { WhisperArgumentError } from "../errors.js";
import { healthParameters } from "../health/parameters.js";
import {
  boolean,
  type Check,
  checkEach,
  elsewhere,
  integer,
  MAX_TIMER_MS,
  number,
  oneOf,
} from "../option-checks.js";
import { type DecodingOptions, maxThreads, type TranscribeOptions } from "../options.js";
import { checkLogger, type Logger } from "../telemetry/logger.js";
import { checkPoolMemory } from "./health/memory-key.js";
import type {
  JobOptions,
  PoolHealthOptions,
  PoolOptions,
  QueueOptions,
  RecycleOptions,
  ResetPolicy,
} from "./options.js";

// Options, checked and with their defaults.

/** Options of a pool. */
export interface PoolSettings {
  model: string | URL | Uint8Array | undefined;
  context: ContextOptions;
  isolation: Isolation;
  engine: EngineSettings;
  slots: number | undefined;
  threadsPerSlot: number | undefined;
  reset: ResetPolicy;
  recycle: RecycleSettings;
  /** Undefined: off. */
  health: HealthSettings | undefined;
  queue: QueueSettings;
  logger: Logger | undefined;
}

export interface HealthSettings {
  confirm: boolean;
  memory: PoolHealthOptions["memory"];
  parameters: PoolHealthOptions["parameters"];
}

export interface RecycleSettings {
  maxJobs: number | undefined;
  maxAgeMs: number | undefined;
  maxGrowthBytes: number | undefined;
  jitter: number;
  rung: Rung;
}

export interface QueueSettings {
  maxWaiting: number;
  maxWaitMs: number | undefined;
  reservedSlots: number;
  reservedPriority: number;
}

const MAX_SLOTS = 64;
export const checkSlots = integer(1, MAX_SLOTS);

const poolChecks: Record<keyof PoolOptions, Check> = {
  ...{
    model: elsewhere,
    backend: elsewhere,
    device: elsewhere,
    flashAttention: elsewhere,
    dtw: elsewhere,
    allowWeightless: elsewhere,
  },
  isolation: oneOf("thread", "process"),
  engine: elsewhere,
  slots: checkSlots,
  threadsPerSlot: integer(1, maxThreads),
  reset: oneOf("every-job", "when-dirty", "never"),
  recycle: elsewhere,
  health: elsewhere,
  queue: elsewhere,
  logger: (_, value) => void checkLogger(value),
  signal: (_, value) => void checkSignal(value),
};

const recycleChecks: Record<keyof RecycleOptions, Check> = {
  maxJobs: integer(1, 1e9),
  maxAgeMs: integer(1, MAX_TIMER_MS),
  maxGrowthBytes: integer(1, Number.MAX_SAFE_INTEGER),
  jitter: number(0, 0.5),
  rung: oneOf(...RUNGS),
};

const healthChecks: Record<keyof PoolHealthOptions, Check> = {
  confirm: boolean,
  memory: elsewhere,
  parameters: elsewhere,
};

const priority = integer(-1000, 1000);

const queueChecks: Record<keyof QueueOptions, Check> = {
  maxWaiting: integer(0, 1e6),
  maxWaitMs: integer(1, MAX_TIMER_MS),
  reservedSlots: integer(0, MAX_SLOTS - 1),
  reservedPriority: priority,
};

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function poolSettings(options: PoolOptions): PoolSettings {
  checkEach(options, "options", poolChecks);
  const { model, isolation = "process", slots, threadsPerSlot, reset = "every-job" } = options;
  const { recycle = {}, queue = {}, engine: given = {}, logger, ...rest } = options;
  checkEach(recycle, "recycle", recycleChecks);
  checkEach(queue, "queue", queueChecks);
  if (options.engine !== undefined && isolation !== "process") {
    throw new WhisperArgumentError(
      "engine",
      options.engine,
      'left out with isolation "thread": there is no process of its own',
    );
  }
  const engine = engineSettings(given);
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
  const context = { backend, device, flashAttention, dtw, allowWeightless };
  nativeContextOptions(context);
  return {
    ...{ model, isolation, engine, slots, threadsPerSlot, reset, logger },
    context: structuredClone(context), // later loads must get the same
    recycle: { maxJobs, maxAgeMs, maxGrowthBytes, jitter, rung },
    health: healthSettings(options.health),
    queue: { maxWaiting, maxWaitMs, reservedSlots, reservedPriority },
  };
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
function healthSettings(given: PoolOptions["health"] = true): HealthSettings | undefined {
  if (given === false) return undefined;
  const options = given === true ? {} : given;
  checkEach(options, "health", healthChecks);
  const { confirm = true, memory, parameters } = options;
  healthParameters(parameters);
  if (memory !== undefined) checkPoolMemory(memory);
  return structuredClone({ confirm, memory, parameters });
}

/** What the pool itself takes of a job's options; the rest is for the engine. */
const jobChecks = {
  id: name,
  sessionId: name,
  priority,
  timeoutMs: integer(1, MAX_TIMER_MS),
  maxWaitMs: integer(1, MAX_TIMER_MS),
};

/** Options of a job: the pool's own, and those for the engine. */
export interface JobSettings {
  own: Pick<JobOptions, keyof typeof jobChecks>;
  transcribe: Omit<TranscribeOptions, "threads">;
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function jobSettings(options: JobOptions): JobSettings {
  if (typeof options !== "object" || options === null) {
    throw new WhisperArgumentError("options", options, "an object");
  }
  const { id, sessionId, priority, timeoutMs, maxWaitMs, ...transcribe } = options;
  const own = { id, sessionId, priority, timeoutMs, maxWaitMs };
  checkEach(own, "options", jobChecks);
  if ((transcribe as TranscribeOptions).threads !== undefined) {
    throw new WhisperArgumentError(
      "threads",
      (transcribe as TranscribeOptions).threads,
      "left out: the pool's threadsPerSlot goes for all of its jobs",
    );
  }
  return { own, transcribe };
}

/** A job, checked. */
export interface JobRequest {
  audio: AudioInput;
  /** Of the engine, as they were when the job was submitted. */
  params: DecodingOptions;
  /** The audio, if it is a stream. */
  stream?: ByteStream | undefined;
  settings: JobSettings;
}

function name(key: string, value: unknown): void {
  if (typeof value !== "string" || value === "" || Buffer.byteLength(value) > 256) {
    throw new WhisperArgumentError(key, value, "a string of 1 to 256 bytes");
  }
}
