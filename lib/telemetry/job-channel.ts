import { tracingChannel } from "node:diagnostics_channel";
import type { JobReport } from "../pool/job-report.js";

/** What subscribers of the tracing channel get: `result` is added at the end. Never holds what is said in the job. */
export interface JobTrace {
  readonly jobId: string;
  readonly sessionId: string | undefined;
  readonly priority: number;
}

const channel = tracingChannel<unknown, JobTrace>("steady-whisper:job");

/** Names of the five channels, see `diagnostics_channel.tracingChannel()`. */
const events = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

/**
 * Publishes a job on the tracing channel `steady-whisper:job`: `start` and `end` around its submission, `asyncStart` and
 * `asyncEnd` around its end, with the report as `result`; `error` if it failed. Nothing is built while nobody listens.
 */
export function traceJob(trace: () => JobTrace, settled: () => Promise<JobReport>): void {
  // Node 20.19's own `hasSubscribers` of a tracing channel is missing in its types.
  if (!events.some((name) => channel[name].hasSubscribers)) return;
  channel.tracePromise(settled, trace()).catch(() => {}); // the job's own promise has told
}
