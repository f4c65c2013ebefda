import { median } from "simple-statistics";

/** Median absolute deviation to standard deviation of a normal distribution. */
export const MAD_TO_SIGMA = 1.4826;

/** Standard deviation by the median absolute deviation: half of the values may be anything. */
export function spreadOf(values: readonly number[]): number {
  const centre = median(values as number[]);
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - centre)));
}

/**
 * Standard deviation of one value by the sizes of the differences of successive ones, which a creep or a step doesn't inflate
 * (von Neumann 1941).
 */
export function spreadOfDifferences(sizes: readonly number[]): number {
  return (MAD_TO_SIGMA * median(sizes as number[])) / Math.SQRT2;
}
