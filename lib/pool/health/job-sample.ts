import type { HealthSample } from "../../health/sample.js";
import type { TranscribeOptions } from "../../options.js";
import type { JobTiming } from "../../types.js";
import type { JobReport } from "../job-report.js";

/** What the pool adds to a job's report. */
export interface SamplePlace {
  /** Number of the job among those that the detector sees. */
  readonly seq: number;
  /** Monotonic, in ms. */
  readonly atMs: number;
  /** Jobs of the slot since its last reset at any rung. */
  readonly sinceReset: number;
  /** Whether it ran on a GPU. */
  readonly gpu: boolean;
}

/**
 * The job as the detector sees it: its times are those of its work, without waiting for processors. Undefined where nothing can be learned from it: it didn't complete, or was too short for a
 * window. "waited": most of its time may have been waiting, see {@link LEAST_JUDGED}.
 */
export function sampleOf(
  report: JobReport,
  options: Omit<TranscribeOptions, "threads">,
  { seq, atMs, sinceReset, gpu }: SamplePlace,
): HealthSample | "waited" | undefined {
  const { timing, place, audioDurationMs } = report;
  if (!timing || !place || !audioDurationMs || !(timing.encoderPasses > 0)) return undefined;
  // Language detection is one more pass of the encoder, and one short one of the decoder.
  const encodeMs = timing.encodeMs + timing.detectMs;
  const share = shareAtWork(timing) ?? 1;
  if (share < LEAST_JUDGED) return "waited";
  return {
    ...{ seq, atMs, sinceReset },
    unit: place.slot,
    kind: kindOf(options),
    audioSeconds: audioDurationMs / 1000,
    windows: timing.encoderPasses,
    tokens: timing.tokensDecoded - timing.fallbackTokens,
    fallbackTokens: timing.fallbackTokens,
    fallbacks: timing.fallbacks,
    segments: report.segments,
    encodeMs: encodeMs * share,
    decodeMs: (timing.wallMs - encodeMs) * share,
    queueMs: report.queueMs,
    machine: machineAsSeen(timing, gpu),
  };
}

/**
 * Least share of its time that a job has to have worked: others that take processors away also share caches, cores and clocks
 * with it, which makes its work itself slower, unevenly over the slots. (Two busy programs on two cores: by up to 1.3.)
 */
export const LEAST_JUDGED = 0.6;

/** A job can't have waited for all of its time: clocks that are read one after the other would say so of a very short one. */
const LEAST_SHARE = 0.02;

type Waits = Pick<JobTiming, "wallMs" | "runDelayMs" | "threadsMeasured">;

/**
 * The share of a job's time in which it didn't wait for processors. Its T threads meet after every operation, so a wait of any of
 * them is one of all; each waits for d = D / (T wall) of the time, D being the sum that is measured, and if they do so
 * independently, none of them waits for (1 - d)^T of it. Exact for one thread. Never CPU time over wall time: waiting threads
 * spin, and a GPU's work is no CPU time.
 */
export function shareAtWork({ wallMs, runDelayMs, threadsMeasured }: Waits): number | undefined {
  if (runDelayMs === undefined || !(wallMs > 0) || !(threadsMeasured > 0)) return undefined;
  const each = Math.min(1, runDelayMs / (threadsMeasured * wallMs));
  return Math.max(LEAST_SHARE, (1 - each) ** threadsMeasured);
}

/** Up to this share of waiting the estimate for several threads is as good as exact. */
const LITTLE_WAITING = 0.1;

/**
 * What the times leave of the machine's own slowness: nothing, where its waiting has been taken off exactly. Undefined: something may
 * be left. That other programs use a GPU isn't seen at all.
 */
function machineAsSeen(timing: Waits, gpu: boolean): number | undefined {
  const share = shareAtWork(timing);
  if (share === undefined || gpu) return undefined;
  return timing.threadsMeasured === 1 || 1 - share <= LITTLE_WAITING ? 1 : undefined;
}

/** Options that change what a window or a token costs. */
const COSTLY = [
  ...["strategy", "beamSize", "bestOf", "temperature", "audioContext", "noTimestamps"],
  ...["tokenTimestamps", "tinydiarize"],
] as const satisfies readonly (keyof TranscribeOptions)[];

/** The same text for jobs whose costs are of one kind. */
function kindOf(options: Omit<TranscribeOptions, "threads">): string {
  const parts = COSTLY.filter((name) => options[name]).map((name) => `${name}=${options[name]}`);
  if (options.language === "auto") parts.push("language=auto");
  // What they cost depends on what they say, but it is far more than none.
  for (const name of ["grammar", "suppressRegex", "suppressTokens"] as const) {
    if (options[name]?.length) parts.push(name);
  }
  return parts.join(" ");
}
