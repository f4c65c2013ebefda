import { mean, median } from "simple-statistics";
import { percentile } from "./percentile.js";
import type { StreamScore } from "./replay.js";

/** Scores of some streams in one. Undefined: there was no such fault. */
export interface Summary {
  /** Resets in 1000 jobs. */
  readonly falseResets: number;
  readonly futileResets: number;
  readonly preventiveResets: number;
  /** Jobs of the unit from a fault's onset to the first reset: median and 90th percentile. */
  readonly delay: number | undefined;
  readonly delayP90: number | undefined;
  /** Share of faults without any reset, in %. */
  readonly missed: number | undefined;
  /** Jobs from the onset to the cure, median, and the share of curable faults that weren't cured, in %. */
  readonly cure: number | undefined;
  readonly uncured: number | undefined;
  /** Extra time on units, in %, and latency relative to no fault: means over streams. */
  readonly lost: number;
  readonly p50: number;
  readonly p99: number;
  /** Give-ups in a stream. */
  readonly gaveUp: number;
}

/** `scores`: at least one. */
export function summarize(scores: readonly StreamScore[]): Summary {
  const total = (count: (score: StreamScore) => number) =>
    scores.reduce((sum, score) => sum + count(score), 0);
  const jobs = total((score) => score.jobs);
  const faults = total((score) => score.faults);
  const curable = total((score) => score.curable);
  const delays = scores.flatMap((score) => score.delays);
  const cureDelays = scores.flatMap((score) => score.cureDelays);
  return {
    falseResets: (1000 * total((score) => score.falseResets)) / jobs,
    futileResets: (1000 * total((score) => score.futileResets)) / jobs,
    preventiveResets: (1000 * total((score) => score.preventiveResets)) / jobs,
    delay: delays.length === 0 ? undefined : median(delays),
    delayP90: delays.length === 0 ? undefined : percentile(delays, 90),
    missed: faults === 0 ? undefined : (100 * total((score) => score.missed)) / faults,
    cure: cureDelays.length === 0 ? undefined : median(cureDelays),
    uncured: curable === 0 ? undefined : (100 * total((score) => score.uncured)) / curable,
    lost: 100 * mean(scores.map((score) => score.lost)),
    p50: mean(scores.map((score) => score.p50)),
    p99: mean(scores.map((score) => score.p99)),
    gaveUp: mean(scores.map((score) => score.gaveUp)),
  };
}
