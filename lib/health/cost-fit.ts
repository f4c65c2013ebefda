import { median } from "simple-statistics";
import { huberWeight, residualScale } from "./huber.js";
import { solveSymmetric } from "./linear.js";

/**
 * What the decoder does per window, token, fallback token and token pair, in units of one token. Typical of whisper
 * models; only the shape matters, the scale is fitted, and so is the shape once there are enough anchors.
 */
const PRIOR_SHAPE = [5, 1, 1.2, 0.1] as const;
export const TERMS = PRIOR_SHAPE.length;

/** Relative standard deviation of a coefficient around the prior shape: machines and models differ by factors. */
const PRIOR_SPREAD = 0.6;
/** More isn't noise but a shape unlike the prior's, to which it must not be held. */
const MOST_RIDGE_NOISE = 0.15;
/** Passes of the reweighted fit: it goes on until no coefficient moves by more than this share. */
const MOST_PASSES = 25;
const SETTLED = 0.005;
/** No coefficient falls below this share of its prior: work is never free. */
const LEAST_SHARE = 0.05;

/**
 * Coefficients of decode time in ms: a relative regression with Huber weights (iteratively reweighted least squares, Huber
 * 1981), shrunk by a ridge to the prior shape times a robust scale, so that few jobs give a usable baseline.
 *
 * @param rows The terms of each job, and its decode time in ms.
 */
export function fitDecode(
  rows: readonly (readonly number[])[],
  times: readonly number[],
): number[] {
  const scale = median(times.map((time, row) => time / dot(rows[row]!, PRIOR_SHAPE)));
  const prior = PRIOR_SHAPE.map((part) => part * scale);
  let b: readonly number[] = prior;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const before = b;
    b = reweighted(rows, times, before, prior);
    if (b.every((value, term) => Math.abs(value / before[term]! - 1) < SETTLED)) break;
  }
  // The median residual is 0, whatever the outliers weigh.
  const bias = Math.exp(median(times.map((time, row) => Math.log(time / dot(rows[row]!, b)))));
  return b.map((value) => value * bias);
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** One pass: the coefficients in units of the prior's, so that the normal equations are well conditioned. */
function reweighted(
  rows: readonly (readonly number[])[],
  times: readonly number[],
  b: readonly number[],
  prior: readonly number[],
): number[] {
  const fitted = rows.map((row) => Math.max(dot(row, b), 1e-6));
  const residuals = times.map((time, row) => Math.log(time / fitted[row]!));
  const scale = residualScale(residuals);
  // The variance of the data over that of the prior, as each coefficient is in units of the prior's.
  const ridge = (Math.min(scale, MOST_RIDGE_NOISE) / PRIOR_SPREAD) ** 2;
  const a = new Array<number>(TERMS * TERMS).fill(0);
  const y = new Array<number>(TERMS).fill(ridge);
  for (let term = 0; term < TERMS; term++) a[term * TERMS + term] = ridge;
  for (let row = 0; row < rows.length; row++) {
    const weight = huberWeight(residuals[row]!, scale) / fitted[row]! ** 2;
    const x = rows[row]!.map((value, term) => value * prior[term]!);
    for (let i = 0; i < TERMS; i++) {
      y[i] = y[i]! + weight * x[i]! * times[row]!;
      for (let j = 0; j < TERMS; j++) a[i * TERMS + j] = a[i * TERMS + j]! + weight * x[i]! * x[j]!;
    }
  }
  return solveSymmetric(a, y).map((share, term) => Math.max(share, LEAST_SHARE) * prior[term]!);
}
