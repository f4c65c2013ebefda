import { medianSorted } from "simple-statistics";

/** Memory that grows with the number of jobs. */
export interface Trend {
  /** Theil-Sen slope in bytes per job, and its 95 % confidence interval. */
  readonly bytesPerJob: number;
  readonly low: number;
  readonly high: number;
  /** Mann-Kendall's standard score of the trend. */
  readonly z: number;
  /** Jobs that were looked at. */
  readonly jobs: number;
}

/** Jobs whose least value is one point: passing peaks and neighbouring jobs' likeness drop out. */
const JOBS_PER_POINT = 16;
/** Points that are looked at. */
const POINTS = 16;
/** One-sided p < 2e-4: it is asked every 16 jobs, all day. */
const LEAST_Z = 3.5;
/** One-sided p < 0.005 for the later half: one step up, or buffers that settle, are no leak. Growth has to go on ... */
const LEAST_Z_LATER = 2.576;
/** ... and not to fade: the later half grows at least at this share of the whole's pace. */
const LEAST_PACE_LATER = 0.25;
/** Half of a normal distribution's central 95 %. */
const Z_95 = 1.96;

/**
 * Tells steady growth over jobs from noise, a step, and buffers that grow to the size of the largest job: the
 * Mann-Kendall test for a trend with the Theil-Sen slope (Gilbert 1987, "Statistical Methods for Environmental Pollution
 * Monitoring", ch. 16), on minima of 16 jobs, over the last 256.
 */
export class GrowthTrend {
  #least = Number.POSITIVE_INFINITY;
  #count = 0;
  #points: number[] = [];

  /** A value in bytes after a job. Returns the trend when a significant one has come to light; then it starts anew. */
  add(bytes: number): Trend | undefined {
    this.#least = Math.min(this.#least, bytes);
    this.#count += 1;
    if (this.#count < JOBS_PER_POINT) return undefined;
    this.#points.push(this.#least);
    this.#least = Number.POSITIVE_INFINITY;
    this.#count = 0;
    if (this.#points.length > POINTS) this.#points.shift();
    if (this.#points.length < POINTS) return undefined;
    const { z } = mannKendall(this.#points);
    if (z < LEAST_Z || !goesOn(this.#points)) return undefined;
    const trend = { ...theilSen(this.#points), z, jobs: POINTS * JOBS_PER_POINT };
    this.#points = [];
    return trend;
  }
}

function goesOn(points: readonly number[]): boolean {
  const later = points.slice(POINTS / 2);
  if (mannKendall(later).z < LEAST_Z_LATER) return false;
  return theilSen(later).bytesPerJob >= LEAST_PACE_LATER * theilSen(points).bytesPerJob;
}

/** Variance of S, with ties, and the standard score of S, with continuity correction. */
function mannKendall(points: readonly number[]): { variance: number; z: number } {
  let s = 0;
  forPairs(points, (a, b) => {
    s += Math.sign(b - a);
  });
  const n = points.length;
  const counts = new Map<number, number>();
  for (const point of points) counts.set(point, (counts.get(point) ?? 0) + 1);
  const ties = [...counts.values()].reduce((sum, t) => sum + t * (t - 1) * (2 * t + 5), 0);
  const variance = (n * (n - 1) * (2 * n + 5) - ties) / 18;
  return { variance, z: variance === 0 ? 0 : (s - Math.sign(s)) / Math.sqrt(variance) };
}

function theilSen(points: readonly number[]): { bytesPerJob: number; low: number; high: number } {
  const slopes: number[] = [];
  forPairs(points, (a, b, distance) => slopes.push((b - a) / (distance * JOBS_PER_POINT)));
  slopes.sort((a, b) => a - b);
  const reach = Z_95 * Math.sqrt(mannKendall(points).variance);
  const at = (rank: number) =>
    slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] as number;
  return {
    bytesPerJob: medianSorted(slopes),
    low: at((slopes.length - reach) / 2 - 1),
    high: at((slopes.length + reach) / 2),
  };
}

function forPairs(
  points: readonly number[],
  use: (a: number, b: number, distance: number) => void,
): void {
  for (const [i, a] of points.entries()) {
    for (const [j, b] of points.slice(i + 1).entries()) use(a, b, j + 1);
  }
}
