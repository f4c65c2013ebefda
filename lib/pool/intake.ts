import type { AudioInput } from "../audio/input.js";
import type { WhisperPoolError } from "../errors.js";
import { traceJob } from "../telemetry/job-channel.js";
import type { Dispatcher } from "./dispatcher.js";
import { Job } from "./job.js";
import { checkJob } from "./job-check.js";
import { reportOf } from "./job-report.js";
import type { Monitor } from "./monitor.js";
import type { JobOptions } from "./options.js";

/** A job that wants to be accepted, and what is wrong with it. */
export interface Application {
  readonly job: Job;
  readonly problem?: unknown;
}

export interface IntakeSettings {
  maxWaitMs: number | undefined;
  /** Why no job is taken; undefined while the pool is open. */
  notOpen(): WhisperPoolError | undefined;
}

/** Which jobs a pool takes, and what becomes of the others: every one ends, in one way. */
export class Intake {
  readonly #dispatcher: Dispatcher;
  readonly #monitor: Monitor;
  readonly #settings: IntakeSettings;

  constructor(dispatcher: Dispatcher, monitor: Monitor, settings: IntakeSettings) {
    this.#dispatcher = dispatcher;
    this.#monitor = monitor;
    this.#settings = settings;
  }

  /** Never throws: what is wrong goes to the job's handle. */
  apply(audio: AudioInput, options: JobOptions): Application {
    const ended = (job: Job) => this.#ended(job);
    try {
      return { job: new Job(checkJob(audio, options), ended) };
    } catch (problem) {
      const nothing = { audio, params: {}, settings: { own: {}, transcribe: {} } };
      return { job: new Job(nothing, ended), problem };
    }
  }

  decide({ job, problem }: Application): void {
    if (problem === undefined) {
      traceJob(
        () => ({ jobId: job.id, sessionId: job.sessionId, priority: job.priority }),
        () => this.#enqueue(job),
        () => (job.accepted ? job.reported : Promise.reject(job.error)),
      );
    } else {
      this.#refuse(job, problem);
    }
  }

  #enqueue(job: Job): void {
    const { notOpen, maxWaitMs } = this.#settings;
    const problem = job.error ?? notOpen(); // its signal may have been aborted before
    if (problem) {
      this.#refuse(job, problem);
      return;
    }
    job.accepted = true;
    try {
      this.#dispatcher.add(job);
    } catch (error) {
      job.accepted = false;
      this.#refuse(job, error);
      return;
    }
    this.#monitor.accepted += 1;
    job.limitTime(maxWaitMs);
  }

  #refuse(job: Job, error: unknown): void {
    job.fail(error);
    this.#monitor.refuse(job);
  }

  #ended(job: Job): void {
    if (!job.accepted) return;
    this.#monitor.count(job);
    this.#dispatcher.ended(job);
    if (job.startedAt === undefined) this.#monitor.report(job, reportOf(job, undefined));
  }
}
