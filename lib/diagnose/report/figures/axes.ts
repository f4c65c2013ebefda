import type { ScaleOptions } from "@observablehq/plot";
import { quantile } from "simple-statistics";

/** Width in px of a chart that stands alone, of one of two, and of one of several. */
export const WIDE = 860;
export const HALF = 420;
export const SMALL = 300;

/** Share of points at each end that may lie beyond the scale: one job of minutes must not flatten all others. */
const BEYOND = 0.005;
/** Least ends of a scale of factors, so that noise of a few percent looks as small as it is. */
const LEAST_LOW = 0.85;
const LEAST_HIGH = 1.2;
const MARGIN = 0.05;

/** A scale of factors around x1. Points beyond it are drawn at its edge. */
export function factorScale(factors: readonly number[]): ScaleOptions {
  const known = factors.filter(Number.isFinite);
  const low = known.length > 0 ? quantile(known, BEYOND) : 1;
  const high = known.length > 0 ? quantile(known, 1 - BEYOND) : 1;
  const from = Math.max(0, Math.min(LEAST_LOW, low - MARGIN));
  const to = Math.max(LEAST_HIGH, high + MARGIN);
  return { domain: [from, to], clamp: true, ticks: 5, tickFormat: tick, grid: true, label: null };
}

export function tick(value: number): string {
  return `x${Number(value.toFixed(2))}`;
}

/** A scale of numbers of jobs, blocks: ticks are whole. */
export function countScale(last: number, label: string, first = 0): ScaleOptions {
  const to = Math.max(first + 1, last);
  const ticks = Math.min(6, to - first);
  return { domain: [first, to], label, labelArrow: "none", ticks, tickFormat: ",d" };
}

/** Odd, and about an eighth of the points: as smooth as the eye would draw it. */
export function smoothing(points: number): number {
  return Math.max(5, 2 * Math.floor(points / 16) + 1);
}

/** Points for which a smoothed line says something. */
export const LEAST_SMOOTHED = 8;
