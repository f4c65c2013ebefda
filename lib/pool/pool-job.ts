import { type RunJob, Transcription } from "../transcription.js";
import type { Job } from "./job.js";
import type { JobStatus, PoolResult } from "./job-types.js";

/**
 * A job of a pool: `await` it for the result, `for await` its segments as they are decoded, or both. Decoding never waits
 * for a reader.
 */
export class PoolJob extends Transcription<PoolResult> {
  /** The job's name in logs and events. */
  readonly id: string;
  readonly #job: Job;

  private constructor(job: Job, run: RunJob<PoolResult>) {
    super(run, job.controller.abort.bind(job.controller));
    this.id = job.id;
    this.#job = job;
  }

  /** @internal */
  static over(job: Job, run: RunJob<PoolResult>): PoolJob {
    return new PoolJob(job, run);
  }

  /** "waiting" for a slot, "running", or how it ended. */
  get status(): JobStatus {
    return this.#job.status;
  }

  /** Share of the audio that is done, 0 to 1, as of the last finished window. */
  get progress(): number {
    return this.#job.progress;
  }
}
