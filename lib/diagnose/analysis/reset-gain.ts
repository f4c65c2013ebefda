import type { Rung } from "../../engine/rungs.js";
import { RESET_OF } from "../../health/words.js";
import type { Interval } from "../diagnosis.js";
import { percent } from "./phrases.js";
import { cures, type Regression } from "./regression.js";

/** Jobs over which gains are reckoned: a slowdown is taken to grow for about as long as it is measured, and no longer. */
export const HORIZON_JOBS = 100;
export const NO_GAIN: Interval = { estimate: 0, low: 0, high: 0, confidence: 0.98 };

/** The slowdown; "none", or undefined if it can't be told yet. */
export type Measured = Regression | "none" | undefined;

/** Mean slowdown of the jobs from one reset to the next, as a share. */
export function slowdown(perJob: number, jobs: number): number {
  return (perJob * (jobs - 1)) / 2;
}

/** Time that is saved over the horizon, by a reset at `rung` every so many jobs (which may hang on the pace). */
export function gainOf(
  regression: Measured,
  rung: Rung,
  jobs: (perJob: number) => number,
): Interval | undefined {
  if (regression === undefined) return undefined;
  if (regression === "none" || !cures(rung, regression)) return NO_GAIN;
  const saved = (perJob: number) =>
    perJob === 0
      ? 0
      : Math.max(
          0,
          slowdown(perJob, HORIZON_JOBS) - slowdown(perJob, Math.min(HORIZON_JOBS, jobs(perJob))),
        );
  const { estimate, low, high } = regression.perJob;
  return {
    estimate: saved(estimate),
    low: saved(low),
    high: saved(high),
    confidence: NO_GAIN.confidence,
  };
}

/** A gain in words. */
export function gainWords(regression: Measured, rung: Rung, gain: Interval | undefined): string {
  if (!gain || regression === undefined) return "Whether it gains anything can't be told yet.";
  if (regression === "none") return "It gains nothing, as nothing gets slower.";
  if (!cures(rung, regression)) {
    return `It gains nothing: only ${RESET_OF[regression.rung]} cures the slowdown.`;
  }
  return `It saves ${percent(gain.estimate)} (${percent(gain.low)} to ${percent(gain.high)}) over ${HORIZON_JOBS} jobs.`;
}
