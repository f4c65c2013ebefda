import type { MemorySample } from "../engine/engine.js";
import type { WhisperError } from "../errors.js";
import type { ContextGeneration, Seat } from "./generation.js";
import type { Job } from "./job.js";
import type { JobOutcome, PoolTiming } from "./job-types.js";
import type { Slot } from "./slot.js";

/** Memory before and after a job, in bytes. Undefined: it couldn't be told. */
export interface JobMemory {
  readonly before: MemorySample | undefined;
  readonly after: MemorySample | undefined;
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
  /** Number of the job on this generation of the context, from 1, in the order of their ends. */
  readonly jobIndex: number;
  /** Age of this generation of the context when the job ended. */
  readonly contextAgeMs: number;
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
  /** Of what it failed with; undefined if it completed. */
  readonly error: WhisperError | undefined;
  readonly queueMs: number;
  readonly totalMs: number;
  /** These two are undefined if the audio wasn't read. */
  readonly decodeAudioMs: number | undefined;
  readonly audioDurationMs: number | undefined;
  readonly segments: number;
  /** How often an engine has died that ran it, or that read its audio. */
  readonly interruptions: number;
  /** The result's times and work; undefined unless it completed. */
  readonly timing: PoolTiming | undefined;
  /** Time on the state's thread divided by the length of the audio; undefined unless it completed. */
  readonly rtf: number | undefined;
  /** Undefined if it never got a slot. */
  readonly place: JobPlace | undefined;
}

/** A job's place as of its start; the rest is known at its end. */
export class PlaceBuilder {
  readonly #slot: number;
  readonly #context: ContextGeneration;
  readonly #before: Promise<MemorySample | undefined>;
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
    const contextAgeMs = performance.now() - this.#context.createdAt;
    const jobIndex = this.#context.jobs;
    const stateBytes = this.#seat.state.info.bytes;
    const [before, after] = await Promise.all([this.#before, this.#sample()]);
    return {
      slot: this.#slot,
      generation: this.#context.generation,
      stateGeneration: this.#seat.generation,
      engineGeneration: this.#context.engine.generation,
      ...{ jobIndex, contextAgeMs, jobsSinceReset: this.#jobsSinceReset },
      memory: { before, after, stateBytes },
    };
  }

  /** The context is held while it is asked: a GPU must not be asked without one. A report comes with or without. */
  async #sample(): Promise<MemorySample | undefined> {
    this.#context.acquire();
    try {
      return await this.#context.context.memory().finally(() => this.#context.release());
    } catch {
      return undefined;
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
    error: job.error,
    queueMs: job.queueMs,
    totalMs: endedAt - job.submittedAt,
    decodeAudioMs: job.decodeAudioMs,
    audioDurationMs,
    segments: job.segments,
    interruptions: job.interruptions,
    timing,
    rtf: job.rtf,
    place,
  };
}
