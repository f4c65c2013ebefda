import { median } from "simple-statistics";
import { CostModel } from "../../../health/cost-model.js";
import { huberWeight, residualScale } from "../../../health/huber.js";
import { solveSymmetric } from "../../../health/linear.js";
import { lengthsDiffer } from "../../../health/report/few-jobs.js";
import type { JudgedJob } from "../job-store.js";
import { spreadEvenly } from "./spread-evenly.js";

/** Jobs that a cost is fitted to, spread evenly: more don't make it better. */
const MOST_FITTED = 2000;
/** Share of the jobs that have to tell their windows and tokens for these to be what work is. */
const MOST_TELL = 0.95;
const MOST_PASSES = 20;
const LEAST_MS = 1e-3;

/** What a job should take in ms by its work. */
export interface WorkCost {
  /** What work is measured by; "none": all jobs have as much of it. */
  readonly by: "tokens" | "audio" | "none";
  expectedMs(job: JudgedJob): number;
}

/**
 * Fits what work costs: by windows and tokens as a pool's health does, where the log has them; else a fixed part and a part
 * per second of audio, by relative regression with Huber weights.
 *
 * @param slowdown Of each job, as a logarithm: is taken off its time beforehand, so that a slowdown isn't taken for work.
 */
export function fitWork(all: readonly JudgedJob[], slowdown: Float64Array): WorkCost {
  const rows = spreadEvenly(
    all.map((job, row) => ({ job, row })),
    MOST_FITTED,
  );
  const times = rows.map(({ job, row }) => job.totalMs / Math.exp(slowdown[row]!));
  const jobs = rows.map(({ job }) => job);
  if (all.filter(tellsTokens).length >= MOST_TELL * all.length) return byTokens(jobs, times);
  if (!lengthsDiffer(jobs)) {
    const typical = median(times);
    return { by: "none", expectedMs: () => typical };
  }
  return byAudio(jobs, times);
}

function tellsTokens({ windows, tokens }: JudgedJob): boolean {
  return windows !== undefined && windows > 0 && tokens !== undefined;
}

function workOf({ windows, tokens, fallbackTokens }: JudgedJob) {
  return { windows: windows || 1, tokens: tokens ?? 0, fallbackTokens: fallbackTokens ?? 0 };
}

/** The encoder's part isn't told apart: windows bear it. */
function byTokens(jobs: readonly JudgedJob[], times: readonly number[]): WorkCost {
  const anchors = jobs.flatMap((job, row) =>
    tellsTokens(job) ? [{ ...workOf(job), encodeMs: 0, decodeMs: times[row]! }] : [],
  );
  const model = new CostModel(anchors.length, 1, anchors);
  return { by: "tokens", expectedMs: (job) => model.decodeMs(workOf(job)) };
}

function byAudio(jobs: readonly JudgedJob[], times: readonly number[]): WorkCost {
  const lengths = jobs.map(({ audioSeconds }) => audioSeconds);
  let fixed = 0;
  let slope = median(times.map((time, row) => time / Math.max(lengths[row]!, LEAST_MS)));
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const fitted = lengths.map((length) => Math.max(LEAST_MS, fixed + slope * length));
    const residuals = times.map((time, row) => Math.log(Math.max(time, LEAST_MS) / fitted[row]!));
    const scale = residualScale(residuals);
    const weights = residuals.map((r, row) => huberWeight(r, scale) / fitted[row]! ** 2);
    [fixed, slope] = line(lengths, times, weights);
  }
  return { by: "audio", expectedMs: (job) => Math.max(LEAST_MS, fixed + slope * job.audioSeconds) };
}

/** Weighted least squares; neither part is below 0, as work is never negative. */
function line(x: readonly number[], y: readonly number[], w: readonly number[]): [number, number] {
  let [s, sx, sxx, sy, sxy] = [0, 0, 0, 0, 0];
  for (let row = 0; row < x.length; row++) {
    s += w[row]!;
    sx += w[row]! * x[row]!;
    sxx += w[row]! * x[row]! ** 2;
    sy += w[row]! * y[row]!;
    sxy += w[row]! * x[row]! * y[row]!;
  }
  const [fixed, slope] = solveSymmetric([s, sx, sx, sxx], [sy, sxy]) as [number, number];
  if (fixed < 0) return [0, sxy / sxx];
  if (slope < 0) return [sy / s, 0];
  return [fixed, slope];
}
