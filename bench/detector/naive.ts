import { mean, median } from "simple-statistics";
import type { HealthSample, Rung } from "../../lib/health/sample.js";
import type { Contender } from "./contender.js";

/** Sees the jobs of one unit and says whether to reset it now. */
type Judge = (sample: HealthSample) => boolean;

/** What services do without a detector. Each unit is judged by itself. */
export const NAIVE = {
  never: resetting("process", () => () => false),
  /** A job took more than twice the time of the first. */
  first2x: resetting("process", () => pausing(slowerThanFirst())),
  /** The real-time factor is more than twice the median of the first 5. */
  rtf2x: resetting("process", () => pausing(worseRealTimeFactor())),
  /** The mean of the last 5 jobs is more than 1.5 times that of the first 20. */
  movavg: resetting("process", () => pausing(worseMovingAverage())),
  pagehinkley: resetting("process", pageHinkley),
  every5: resetting("process", () => every(5)),
  state_each: resetting("state", () => every(1)),
} satisfies Record<string, Contender>;

/** Jobs after a reset that can't cause another one. */
const PAUSE = 5;

function resetting(rung: Rung, judge: () => Judge): Contender {
  return {
    start({ units }) {
      const judges = Array.from({ length: units }, judge);
      return {
        observe: (sample) =>
          judges[sample.unit]?.(sample)
            ? [{ type: "reset", unit: sample.unit, rung, cause: "regression" }]
            : [],
      };
    },
  };
}

function pausing(judge: Judge): Judge {
  let pause = 0;
  return (sample) => {
    const slow = judge(sample);
    if (pause > 0) {
      pause -= 1;
      return false;
    }
    if (slow) pause = PAUSE;
    return slow;
  };
}

function slowerThanFirst(): Judge {
  let first: number | undefined;
  return (sample) => {
    first ??= totalMs(sample);
    return totalMs(sample) > 2 * first;
  };
}

function worseRealTimeFactor(): Judge {
  const first: number[] = [];
  return (sample) => {
    const factor = totalMs(sample) / sample.audioSeconds;
    if (first.length === 5) return factor > 2 * median(first);
    first.push(factor);
    return false;
  };
}

function worseMovingAverage(): Judge {
  const totals: number[] = [];
  return (sample) => {
    totals.push(totalMs(sample));
    return totals.length >= 25 && mean(totals.slice(-5)) > 1.5 * mean(totals.slice(0, 20));
  };
}

/**
 * Page 1954, Hinkley 1971, on times in units of their running mean, with the usual defaults: tolerance 0.05, threshold 10,
 * at least 30 jobs.
 */
function pageHinkley(): Judge {
  let count = 0;
  let average = 0;
  let sum = 0;
  let least = 0;
  return (sample) => {
    const ms = totalMs(sample);
    count += 1;
    average += (ms - average) / count;
    sum += ms / average - 1 - 0.05;
    least = Math.min(least, sum);
    if (count < 30 || sum - least <= 10) return false;
    count = average = sum = least = 0;
    return true;
  };
}

function every(jobs: number): Judge {
  return (sample) => sample.sinceReset + 1 >= jobs;
}

function totalMs(sample: HealthSample): number {
  return sample.encodeMs + sample.decodeMs;
}
