import { MAD_TO_SIGMA } from "../../health/spread.js";

/**
 * Tukey's constant: 91 % as efficient as least squares with normal noise, more with longer tails. What lies beyond it in
 * units of the noise has no weight at all.
 */
const TUKEY = 4;
const MOST_PASSES = 30;
/** In units of the noise: the fit has settled. */
const SETTLED = 1e-4;

/** The slope b of y = b x by least absolute deviations: the median of y / x, weighted by |x|. 0 without any x. */
export function absoluteSlope(x: Float64Array, y: Float64Array): number {
  const order = [...x.keys()]
    .filter((i) => x[i] !== 0)
    .sort((i, j) => y[i]! / x[i]! - y[j]! / x[j]!);
  const half = order.reduce((sum, i) => sum + Math.abs(x[i]!), 0) / 2;
  let sum = 0;
  for (const i of order) {
    sum += Math.abs(x[i]!);
    if (sum >= half) return y[i]! / x[i]!;
  }
  return 0;
}

/**
 * The slope b of y = b x by Tukey's biweight (Beaton and Tukey 1974; iteratively reweighted least squares): jobs beyond
 * `TUKEY` times the noise, as at the edges of contention, don't count.
 */
export function robustSlope(
  x: Float64Array,
  y: Float64Array,
  start: number,
  noise: number,
): number {
  let b = start;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    let xx = 0;
    let xy = 0;
    for (let i = 0; i < x.length; i++) {
      const u = (y[i]! - b * x[i]!) / (TUKEY * noise);
      if (Math.abs(u) >= 1) continue;
      const weight = (1 - u * u) ** 2;
      xx += weight * x[i]! * x[i]!;
      xy += weight * x[i]! * y[i]!;
    }
    if (xx === 0) return start;
    const moved = Math.abs(xy / xx - b) * Math.sqrt(xx);
    b = xy / xx;
    if (moved < SETTLED * noise) break;
  }
  return b;
}

/** Sums over residuals of the biweight's influence function, squared, and of its derivative. */
export function influence(
  x: Float64Array,
  y: Float64Array,
  b: number,
  noise: number,
): { readonly squares: number; readonly slopes: number } {
  let squares = 0;
  let slopes = 0;
  for (let i = 0; i < x.length; i++) {
    const residual = y[i]! - b * x[i]!;
    const u2 = (residual / (TUKEY * noise)) ** 2;
    if (u2 >= 1) continue;
    squares += (residual * (1 - u2) ** 2) ** 2;
    slopes += (1 - u2) * (1 - 5 * u2);
  }
  return { squares, slopes };
}

/** Spread of values around 0 as a standard deviation, by the median of their sizes. */
export function spreadOf(values: Float64Array): number {
  const sizes = values.map(Math.abs).sort();
  if (sizes.length === 0) return 0;
  const middle = sizes.length >> 1;
  const median =
    sizes.length % 2 === 1 ? sizes[middle]! : (sizes[middle - 1]! + sizes[middle]!) / 2;
  return MAD_TO_SIGMA * median;
}
