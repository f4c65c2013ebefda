import type { ScaleOptions } from "@observablehq/plot";
import { max, min, quantile } from "simple-statistics";

/** Width in px of a chart that stands alone, of one of two, and of one of several. */
export const WIDE = 860;
export const HALF = 420;
export const SMALL = 300;

/** Share of points at each end that may lie beyond the scale: one job of minutes must not flatten all others. */
const BEYOND = 0.02;
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

/** A chart of memory spans at least this share of it, so that growth of a few pages doesn't look like a leak. */
const LEAST_SPAN = 0.05;

/** A scale of memory in MiB. */
export function memoryScale(mib: readonly number[]): ScaleOptions {
  const [low, high] = mib.length > 0 ? [min(mib), max(mib)] : [0, 1];
  const room = Math.max(0.05 * (high - low), (LEAST_SPAN * high - (high - low)) / 2);
  return {
    domain: [Math.max(0, low - room), high + room || 1],
    ticks: 5,
    tickFormat: (size: number) => `${size.toLocaleString("en-US")} MiB`,
    grid: true,
    label: null,
  };
}

/** A scale of numbers of jobs, blocks: ticks are whole. */
export function countScale(last: number, label: string, first = 0): ScaleOptions {
  const to = Math.max(first + 1, last);
  const ticks = Math.min(6, to - first);
  return { domain: [first, to], inset: INSET, ...below(label), ticks, tickFormat: ",d" };
}

/** A label below the numbers of a horizontal axis. Needs a bottom margin of {@link BOTTOM}. */
export function below(label: string): ScaleOptions {
  return { label, labelArrow: "none", labelAnchor: "center", labelOffset: 38 };
}

export const BOTTOM = 44;

/** Between the first and last points and the ends of the axis, in px. */
export const INSET = 6;

/** Up to so many points each is a thing of its own, not part of a cloud. */
const FEW = 50;

/** How the points of a chart look. */
export function dotStyle(points: number): { readonly r: number; readonly fillOpacity: number } {
  return points <= FEW ? { r: 4, fillOpacity: 0.8 } : { r: 2.3, fillOpacity: 0.45 };
}
