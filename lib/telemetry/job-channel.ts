import { tracingChannel } from "node:diagnostics_channel";
import type { WhisperError } from "../errors.js";
import type { JobReport } from "../pool/job-report.js";

/** What subscribers of the tracing channel get. Never holds what is said in the job. */
export interface JobTrace {
  readonly jobId: string;
  readonly sessionId: string | undefined;
  readonly priority: number;
  /** From `asyncStart` on, if the job completed. */
  result?: JobReport;
  /** From `error` on, if it didn't, or wasn't accepted. */
  error?: WhisperError;
}

const channel = tracingChannel<unknown, JobTrace>("steady-whisper:job");

/** Names of the five channels, see `diagnostics_channel.tracingChannel()`. */
const events = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/**
 * Publishes a job on the tracing channel `steady-whisper:job`: `start` and `end` around its submission, `asyncStart` and
 * `asyncEnd` around its end, `error` if it failed. Nothing is built while nobody listens.
 *
 * @param submit Called in any case, within `start`'s store context.
 * @param settled The report, or the job's error.
 */
export function traceJob(
  trace: () => JobTrace,
  submit: () => void,
  settled: () => Promise<JobReport>,
): void {
  // Node 20.19's own `hasSubscribers` of a tracing channel is missing in its types.
  if (!events.some((name) => channel[name].hasSubscribers)) {
    submit();
    return;
  }
  const work = () => {
    submit();
    return settled();
  };
  channel.tracePromise(work, trace()).catch(() => {}); // the job's own promise has told
}
