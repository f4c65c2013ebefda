import type * as Plot from "@observablehq/plot";
import { type Colour, css } from "../document.js";

/** Points of a line for which smoothing says something. */
const LEAST_POINTS = 8;

interface SmoothedLine {
  readonly x: string;
  readonly y: string;
  readonly colour: Colour;
  /** What each line is of, and how many lines there are: each is smoothed by itself. Default: one line. */
  readonly by?: { readonly name: string; readonly count: number };
}

/** The running median of points that are sorted by x, as a mark; none if they are too few. */
export function smoothed(
  plot: typeof Plot,
  points: readonly object[],
  { x, y, colour, by }: SmoothedLine,
): Plot.Markish[] {
  const each = points.length / (by?.count ?? 1);
  if (each < LEAST_POINTS) return [];
  const window = { k: windowOf(each), reduce: "median" } as const;
  const channels = { x, y, stroke: css(colour), strokeWidth: 2.5 };
  return [plot.lineY(points, plot.windowY(window, by ? { ...channels, z: by.name } : channels))];
}

/** Odd, and about an eighth of the points, but enough of them for outliers not to show: as smooth as the eye would draw it. */
function windowOf(points: number): number {
  return Math.max(9, 2 * Math.floor(points / 16) + 1);
}
