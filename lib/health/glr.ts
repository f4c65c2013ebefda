/** A run of slow jobs up to the latest. */
export interface SlowRun {
  /** Jobs of the shortest suffix that is slow, and of the longest. */
  readonly shortest: number;
  readonly longest: number;
  /** Standardised sum of the shortest. */
  readonly z: number;
}

export interface SlowRunLimits {
  readonly leastJobs: number;
  readonly threshold: number;
  readonly leastEffect: number;
  readonly clipSigmas: number;
}

/** A mean level that noise alone exceeds now and then. */
const LEAST_MEAN_SIGMAS = 1.25;

/**
 * One-sided generalised likelihood ratio over windows (Willsky and Jones 1976; Lai 1995): for each suffix of n jobs,
 * z = sum(clipped levels) / (sigma sqrt(n)). It needs no size of shift set beforehand, and gives onset and size. The median
 * of a suffix has to be slow as well: two outliers aren't.
 *
 * @param levels Of `count` jobs, the oldest first.
 */
export function slowRun(
  levels: Float64Array,
  count: number,
  sigma: number,
  limits: SlowRunLimits,
): SlowRun | undefined {
  const clip = limits.clipSigmas * sigma;
  const leastMean = Math.min(limits.leastEffect, LEAST_MEAN_SIGMAS * sigma);
  let sum = 0;
  let shortest = 0;
  let longest = 0;
  let zOfShortest = 0;
  for (let n = 1; n <= count; n++) {
    const value = levels[count - n]!;
    sum += value > clip ? clip : value < -clip ? -clip : value;
    if (n < limits.leastJobs || sum < leastMean * n) continue;
    const z = sum / Math.sqrt(n) / sigma;
    if (z < limits.threshold) continue;
    if (shortest === 0 && medianOfLast(levels, count, n) >= limits.leastEffect) {
      shortest = n;
      zOfShortest = z;
    }
    longest = n;
  }
  return shortest === 0 ? undefined : { shortest, longest, z: zOfShortest };
}

/** Standardised sum of levels, each clipped. */
export function standardisedSum(
  levels: readonly number[],
  sigma: number,
  clipSigmas: number,
): number {
  const clip = clipSigmas * sigma;
  let sum = 0;
  for (const value of levels) sum += Math.max(-clip, Math.min(clip, value));
  return sum / Math.sqrt(levels.length) / sigma;
}

/** Median of the last `n` of `count` levels. */
export function medianOfLast(levels: Float64Array, count: number, n: number): number {
  return medianOf(levels.slice(count - n, count), n);
}

/** Median of the first `count` values, which it sorts. */
export function medianOf(values: Float64Array, count: number): number {
  const sorted = values.subarray(0, count).sort();
  const middle = count >> 1;
  return count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
