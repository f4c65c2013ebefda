import { mean, sampleCorrelation } from "simple-statistics";
import type { PointEstimate } from "../../analysis/interval.js";
import { clipped } from "./clipped.js";
import { difference, estimateOf } from "./estimate.js";
import type { Residual, Residuals } from "./residuals.js";

/** Early and late jobs that are needed: with so many, x1.2 at 12 % noise is seen in nearly 80 of 100 logs (see jobs-to-see.ts). */
export const NEEDED_EACH = 7;
/** Thirds of a life, early and late, are compared: so many jobs are needed in all. */
export const NEEDED = 3 * NEEDED_EACH;
/** Lives of at least so many jobs count, each as one observation if there are enough of them. */
const LEAST_LIFE = 6;
const ENOUGH_LIVES = 8;
/** As many as Student's t needs where lives are too short for anything else. */
const FEW_LIVES = 5;
/** Batches of a third, whose means are nearly independent although successive jobs aren't. */
const BATCHES = 4;
const LEAST_BATCH = 2;
/** Residuals farther from their third's median, in units of the noise, count as this far: outliers. */
const CLIP = 2.5;
/** A correlation of work with age beyond this can't be told from a slowdown. */
export const CONFOUNDED = 0.9;

/** Late jobs of lives against early ones. */
export interface Drift {
  /** log(late / early); undefined if jobs are too few. */
  readonly estimate: PointEstimate | undefined;
  readonly early: number;
  readonly late: number;
  /** Of work with being late, -1 to 1. */
  readonly workByAge: number;
  /** Jobs of a life between the middles of its early and its late third, on average. */
  readonly apart: number;
}

/**
 * The last third of each life against its first. Successive jobs resemble each other (bursts of other load), so the interval is
 * from means of batches (Schmeiser 1982) with Student's t, which keeps its promise with few of them, or from whole lives
 * where there are enough. Where work changes with age, the interval is wider, as the cost of work is fitted to the same jobs.
 */
export function driftOf({ lives, noise }: Residuals): Drift {
  const thirds = lives.filter((life) => life.length >= LEAST_LIFE).map((life) => thirdsOf(life));
  const early = thirds.flatMap((life) => life.early);
  const late = thirds.flatMap((life) => life.late);
  const enough = Math.min(early.length, late.length) >= NEEDED_EACH;
  const workByAge = enough ? correlation(early, late) : 0;
  const plain = enough ? plainEstimate(thirds, CLIP * noise) : undefined;
  const inflation = 1 / Math.sqrt(1 - Math.min(CONFOUNDED, Math.abs(workByAge)) ** 2);
  const estimate = plain && { ...plain, error: plain.error * inflation };
  return {
    ...{ estimate, early: early.length, late: late.length, workByAge },
    apart: thirds.length === 0 ? 0 : mean(thirds.map(({ apart }) => apart)),
  };
}

interface Thirds {
  readonly early: readonly Residual[];
  readonly late: readonly Residual[];
  readonly apart: number;
}

function thirdsOf(life: readonly Residual[]): Thirds {
  const size = Math.floor(life.length / 3);
  return { early: life.slice(0, size), late: life.slice(-size), apart: life.length - size };
}

function plainEstimate(thirds: readonly Thirds[], clip: number): PointEstimate | undefined {
  if (thirds.length < ENOUGH_LIVES) {
    const estimate = pooled(thirds, clip);
    if (estimate || thirds.length < FEW_LIVES) return estimate;
  }
  return estimateOf(
    thirds.map(({ early, late }) => mean(levels(late, clip)) - mean(levels(early, clip))),
  );
}

/** Lives weighted by their jobs; undefined if none has enough for batches. */
function pooled(thirds: readonly Thirds[], clip: number): PointEstimate | undefined {
  const parts = thirds.flatMap(({ early, late }) => {
    if (early.length < 2 * LEAST_BATCH) return [];
    const estimate = difference(batched(levels(late, clip)), batched(levels(early, clip)));
    return [{ estimate, weight: early.length }];
  });
  if (parts.length === 0) return undefined;
  const all = parts.reduce((sum, { weight }) => sum + weight, 0);
  let [value, variance, spread] = [0, 0, 0];
  for (const { estimate, weight } of parts) {
    const share = weight / all;
    value += share * estimate.value;
    variance += (share * estimate.error) ** 2;
    spread += (share * estimate.error) ** 4 / estimate.degrees;
  }
  const degrees = spread === 0 ? BATCHES : variance ** 2 / spread;
  return { value, error: Math.sqrt(variance), degrees };
}

function batched(values: readonly number[]): PointEstimate {
  const batches = Math.min(BATCHES, Math.floor(values.length / LEAST_BATCH));
  return estimateOf(
    Array.from({ length: batches }, (_, batch) =>
      mean(
        values.slice(
          Math.floor((batch * values.length) / batches),
          Math.floor(((batch + 1) * values.length) / batches),
        ),
      ),
    ),
  );
}

function levels(residuals: readonly Residual[], clip: number): number[] {
  return clipped(
    residuals.map(({ value }) => value),
    clip,
  );
}

function correlation(early: readonly Residual[], late: readonly Residual[]): number {
  const work = [...early, ...late].map((residual) => residual.work);
  const isLate = work.map((_, row) => (row < early.length ? 0 : 1));
  const r = sampleCorrelation(work, isLate);
  return Number.isFinite(r) ? r : 0; // all have the same work
}
