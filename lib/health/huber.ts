import { spreadOf } from "./spread.js";

/** Huber's constant: 96 % efficiency would be 1.345; 1.5 is the reference's. */
const HUBER = 1.5;
/** Least noise in the weights. */
const LEAST_SCALE = 0.03;

/** Scale of the residuals of a relative regression: of logarithms, robust. */
export function residualScale(residuals: readonly number[]): number {
  return Math.max(LEAST_SCALE, spreadOf(residuals));
}

/** Weight of a residual (Huber 1981): 1 within `HUBER` times the scale, less the farther beyond. */
export function huberWeight(residual: number, scale: number): number {
  return Math.min(1, (HUBER * scale) / Math.max(Math.abs(residual), 1e-9));
}
