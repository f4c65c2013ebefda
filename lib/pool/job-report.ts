import type { MemorySample } from "../engine/engine.js";
import type { WhisperErrorCode } from "../errors.js";
import type { ContextGeneration, Seat } from "./generation.js";
import type { Job } from "./job.js";
import type { JobOutcome, PoolTiming } from "./job-types.js";
import type { Slot } from "./slot.js";

/** What a job has used, before and after it, in bytes. */
export interface JobMemory {
  readonly before: MemorySample;
  readonly after: MemorySample;
  /** The state's own, when the job ended. */
  readonly stateBytes: number;
}

/** Where a job ran. */
export interface JobPlace {
  readonly slot: number;
  /** Generations of the context, the state and the engine. */
  readonly generation: number;
  readonly stateGeneration: number;
  readonly engineGeneration: number;
  /** Number of the job on this generation of the context, from 1. */
  readonly jobIndex: number;
  /** Age of this generation of the context when the job ended, in s. */
  readonly workerUptimeS: number;
  /** Jobs that the state had run since it was as new. */
  readonly jobsSinceReset: number;
  readonly memory: JobMemory;
}

/** One job after its end. Never holds what was said in it. */
export interface JobReport {
  readonly jobId: string;
  readonly sessionId: string | undefined;
  readonly priority: number;
  readonly outcome: JobOutcome;
  readonly errorCode: WhisperErrorCode | undefined;
  readonly queueMs: number;
  readonly totalMs: number;
  readonly decodeAudioMs: number;
  /** 0 if it is unknown, as the audio wasn't read. */
  readonly audioDurationMs: number;
  readonly segments: number;
  /** The result's times and work; undefined unless it completed. */
  readonly timing: PoolTiming | undefined;
  /** Time on the state's thread by the length of the audio; undefined unless it completed. */
  readonly rtf: number | undefined;
  /** Undefined if it never got a slot. */
  readonly place: JobPlace | undefined;
}

/** A job's place as of its start; the rest is known at its end. */
export class PlaceBuilder {
  readonly #slot: number;
  readonly #context: ContextGeneration;
  readonly #before: Promise<MemorySample>;
  #seat: Seat;
  #jobsSinceReset: number;

  constructor(slot: Slot) {
    this.#slot = slot.index;
    this.#seat = slot.seat;
    this.#context = slot.seat.context;
    this.#jobsSinceReset = slot.seat.footprint.jobs;
    this.#before = this.#sample();
  }

  /** The seat that the job really runs on, once it is as it has to be. */
  seated(seat: Seat): void {
    this.#seat = seat;
    this.#jobsSinceReset = seat.footprint.jobs;
  }

  async build(): Promise<JobPlace> {
    const workerUptimeS = (performance.now() - this.#context.createdAt) / 1000;
    const jobIndex = this.#context.jobs;
    const stateBytes = this.#seat.state.info.bytes;
    const [before, after] = await Promise.all([this.#before, this.#sample()]);
    return {
      slot: this.#slot,
      generation: this.#context.generation,
      stateGeneration: this.#seat.generation,
      engineGeneration: this.#context.engine.generation,
      ...{ jobIndex, workerUptimeS, jobsSinceReset: this.#jobsSinceReset },
      memory: { before, after, stateBytes },
    };
  }

  /** The context is held while it is asked: a GPU must not be asked without one. */
  async #sample(): Promise<MemorySample> {
    this.#context.acquire();
    try {
      return await this.#context.context.memory();
    } finally {
      await this.#context.release();
    }
  }
}

export function reportOf(job: Job, place: JobPlace | undefined): JobReport {
  const endedAt = job.endedAt ?? performance.now();
  const { audioDurationMs, timing } = job;
  return {
    jobId: job.id,
    sessionId: job.sessionId,
    priority: job.priority,
    outcome: job.status as JobOutcome,
    errorCode: job.error?.code,
    queueMs: job.queueMs,
    totalMs: endedAt - job.submittedAt,
    decodeAudioMs: job.decodeAudioMs,
    audioDurationMs,
    segments: job.segments,
    timing,
    rtf: timing && audioDurationMs > 0 ? timing.wallMs / audioDurationMs : undefined,
    place,
  };
}
