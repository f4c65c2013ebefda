import { isPlausible, type JobFacts } from "./job-facts.js";

/** A prefix before the object may have brackets of its own. */
const MOST_TRIES = 4;
/** Fields in which collectors of logs put the whole line. */
const WRAPPERS = ["log", "message", "MESSAGE", "msg"];

type Fields = Readonly<Record<string, unknown>>;

/** A job of this package's log (`jobLine()`); "other" if it didn't complete, or can't be judged. Undefined: no job's line. */
export function readOwnLine(text: string, line: number): JobFacts | "other" | undefined {
  const fields = objectIn(text);
  if (!fields) return undefined;
  const own = isJob(fields) ? fields : wrapped(fields);
  return own && (factsOf(own, line) ?? "other");
}

function isJob(fields: Fields): boolean {
  return typeof fields.job_id === "string" && typeof fields.outcome === "string";
}

function wrapped(fields: Fields): Fields | undefined {
  for (const name of WRAPPERS) {
    const text = fields[name];
    const inner = typeof text === "string" ? objectIn(text) : undefined;
    if (inner && isJob(inner)) return inner;
  }
  return undefined;
}

/** The JSON object that a line has after any prefix. */
function objectIn(text: string): Fields | undefined {
  const end = text.lastIndexOf("}") + 1;
  let at = text.indexOf("{");
  for (let tries = 0; at !== -1 && at < end && tries < MOST_TRIES; tries++) {
    try {
      return JSON.parse(text.slice(at, end)) as Fields;
    } catch {
      at = text.indexOf("{", at + 1); // the object begins further on, or there is none
    }
  }
  return undefined;
}

function factsOf(fields: Fields, line: number): JobFacts | undefined {
  const number = (name: string) => {
    const value = fields[name];
    return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER
      ? value
      : undefined;
  };
  const totalMs = number("t_run_ms");
  const audioSeconds = number("audio_duration_s");
  if (fields.outcome !== "completed" || totalMs === undefined || audioSeconds === undefined) {
    return undefined;
  }
  if (!isPlausible(totalMs, audioSeconds)) return undefined;
  const sinceReset = number("jobs_since_reset");
  const fallbackTokens = number("fallback_tokens");
  const tokens = number("tokens");
  const generations = ["engine_generation", "generation", "state_generation"].map(number);
  return {
    ...{ line, totalMs, audioSeconds, slot: number("slot") },
    place: [number("slot"), ...generations].join("/"),
    jobIndex: sinceReset === undefined ? number("job_index") : sinceReset + 1,
    ...{ segments: number("segments_count"), windows: number("windows"), fallbackTokens },
    // Those that were kept: `tokens` has those of failed attempts as well.
    tokens: tokens === undefined ? undefined : Math.max(0, tokens - (fallbackTokens ?? 0)),
    ...{ uptimeSeconds: number("worker_uptime_s"), rssBytes: number("rss_bytes") },
    gpuUsedBytes: number("gpu_used_bytes"),
  };
}
