// Whether a job ended as it may: with the one right result, or for a reason that it was given.

import { contentOf, digest } from "./content.mjs";

/**
 * Undefined, or `problem` ("lost", "duplicate", "wrong", "unexpected") with a `detail`.
 * `kills`: how many processes were killed during the job's life.
 */
export function verdictOf(plan, settled, kills) {
  if (settled.status === "lost") return { problem: "lost" };
  const { work } = plan;
  const { read, result, error } = settled;
  if (!read.ordered) return { problem: "duplicate", detail: `${read.segments.length} segments` };
  // Also of a job that was cut off: what it has delivered is the beginning of the right result.
  const wrongAt = read.segments.findIndex((segment, i) => segment !== work.expected?.segments[i]);
  if (wrongAt >= 0) return { problem: "wrong", detail: `segment ${wrongAt} as it was delivered` };
  if (result) return verdictOfResult(plan, result, read);
  if (isExpected(error, plan, settled, kills)) return undefined;
  return { problem: "unexpected", detail: `${error.code ?? error.name}: ${error.message}` };
}

function verdictOfResult({ work, reader }, result, read) {
  if (work.fails) return { problem: "wrong", detail: "it should have failed" };
  if (contentOf(result) !== work.expected.content) {
    const ours = result.segments.map(digest);
    const differs = work.expected.segments.findIndex((segment, i) => segment !== ours[i]);
    const detail = `${ours.length} segments, the first other one: ${differs}; ${result.text}`;
    return { problem: "wrong", detail };
  }
  if (reader !== "none" && read.segments.length !== result.segments.length) {
    const detail = `${read.segments.length} of ${result.segments.length} segments were delivered`;
    return { problem: "wrong", detail };
  }
  return undefined;
}

function isExpected(error, { work, cancel, limit }, { reason }, kills) {
  const { code, cause } = error;
  if (code === "ERR_WHISPER_ABORTED") return cancel !== undefined && cause === reason;
  if (code === "ERR_WHISPER_JOB_TIMEOUT") return limit === "timeoutMs";
  if (code === "ERR_WHISPER_QUEUE_TIMEOUT") return limit === "maxWaitMs";
  // A job whose process dies is run again, alone; if that dies, too, it may be the job's fault.
  if (code === "ERR_WHISPER_ENGINE_CRASHED") return kills >= 2;
  return code === work.fails;
}
