import type { CrashReport } from "../pool/crash-report.js";

/** The fields of a crash's log line, snake_case. The log is native code's own, without what was said in a job. */
export function crashLine({ engineGeneration, pid, error, slots, jobs }: CrashReport) {
  return {
    engine_generation: engineGeneration,
    ...{ pid, slots, job_ids: jobs },
    exit_code: error.exitCode,
    signal: error.signal,
    error: error.message,
    last_lines: error.log,
  };
}
