import type * as Plot from "@observablehq/plot";
import { max, median, min } from "simple-statistics";
import type { LogDiagnosis } from "../../log-diagnosis.js";
import { type Chart, css, type FigureBlock } from "../document.js";
import { duration, factor, whole } from "../numbers.js";
import { BOTTOM, countScale, dotStyle, factorScale, WIDE } from "./axes.js";
import { smoothed } from "./smoothed.js";
import { thin } from "./thin.js";

interface Point {
  /** Number of the job in the log, from 1. */
  readonly order: number;
  readonly worker: string;
  readonly jobIndex: number;
  readonly seconds: number;
  readonly residual: number | undefined;
}

/** Jobs of a worker's life from which early and late ones are told apart. */
const LEAST_JOBS = 12;

/** Times in the order of the log, as logged and over the expected time, with restarts; and by the age of the worker. */
export function logOrderFigure({ points, jobs }: LogDiagnosis): FigureBlock | undefined {
  if (points.length === 0) return undefined;
  // Of a huge log every so many-th job is here.
  const stride = Math.max(1, jobs.found / points.length);
  const starts: number[] = [];
  const seen = new Set<string>();
  const all = points.map(({ worker, jobIndex, totalMs, residual }, i): Point => {
    const order = Math.round(i * stride) + 1;
    if (!seen.has(worker)) {
      seen.add(worker);
      starts.push(order);
    }
    return { order, worker, jobIndex, seconds: totalMs / 1000, residual };
  });
  const known = all.filter(({ residual }) => residual !== undefined);
  const restarts = starts.slice(1);
  const charts = [inOrder("As logged: seconds", thin(all), restarts, "seconds")];
  if (known.length > 0) {
    charts.push(inOrder("Over the expected time", thin(known), restarts, "residual"));
    if (restarts.length > 0) charts.push(byAge(thin(known)));
  }
  return {
    kind: "figure",
    title: "Do jobs take longer as the worker gets older?",
    sees: sees(points, known, restarts.length),
    reading:
      "Each point is a job of the log, in its order. Seconds alone mislead, as a longer recording takes longer" +
      (known.length === 0
        ? ", and what the work of these jobs should take isn't known."
        : ": the second chart shows each job's time over what its work should take. Points beyond the scale are drawn at its edge."),
    legend: [
      { mark: "dot", colour: "--series-2", text: "job" },
      ...(known.length > 0
        ? [{ mark: "line", colour: "--series-1", text: "median of neighbouring jobs" } as const]
        : []),
      ...(restarts.length > 0
        ? [{ mark: "dashes", colour: "--mark", text: "a worker starts or restarts" } as const]
        : []),
    ],
    charts,
  };
}

function inOrder(
  title: string,
  points: readonly Point[],
  restarts: readonly number[],
  value: "seconds" | "residual",
): Chart {
  const last = points.at(-1)?.order ?? 1;
  return {
    title,
    description: `${title}: ${whole(points.length)} jobs in the order of the log.`,
    options: (plot) => ({
      width: WIDE,
      height: 220,
      marginLeft: 50,
      marginBottom: BOTTOM,
      x: countScale(last, "job of the log", points.length > 1 ? 1 : 0),
      y:
        value === "seconds"
          ? { zero: true, grid: true, label: null, ticks: 5, tickFormat: (s: number) => `${s} s` }
          : factorScale(points.map(({ residual }) => residual ?? Number.NaN)),
      marks: [
        ...(value === "residual" ? [plot.ruleY([1], { stroke: css("--line") })] : []),
        plot.ruleX(thin(restarts), { stroke: css("--mark"), strokeDasharray: "3 4" }),
        dots(plot, points, "order", value),
        ...(value === "residual"
          ? smoothed(plot, points, {
              ...{ x: "order", y: value, colour: "--series-1" },
              by: { name: "worker", count: restarts.length + 1 },
            })
          : []),
      ],
    }),
  };
}

function byAge(points: readonly Point[]): Chart {
  const sorted = points.toSorted((a, b) => a.jobIndex - b.jobIndex);
  const title = "Over the expected time, by the age of the worker";
  return {
    title,
    description: `${title}: ${whole(points.length)} jobs by their number since the worker's start.`,
    options: (plot) => ({
      width: WIDE,
      height: 220,
      marginLeft: 50,
      marginBottom: BOTTOM,
      x: countScale(sorted.at(-1)?.jobIndex ?? 1, "job since the worker's start", 1),
      y: factorScale(points.map(({ residual }) => residual ?? Number.NaN)),
      marks: [
        plot.ruleY([1], { stroke: css("--line") }),
        dots(plot, sorted, "jobIndex", "residual"),
        ...smoothed(plot, sorted, { x: "jobIndex", y: "residual", colour: "--series-1" }),
      ],
    }),
  };
}

function dots(
  plot: typeof Plot,
  points: readonly Point[],
  x: "order" | "jobIndex",
  y: "seconds" | "residual",
) {
  return plot.dot(points, { x, y, fill: css("--series-2"), ...dotStyle(points.length) });
}

function sees(points: LogDiagnosis["points"], known: readonly Point[], restarts: number): string {
  const times = points.map(({ totalMs }) => totalMs);
  const range = `Jobs took ${duration(min(times))} to ${duration(max(times))}`;
  const starts = restarts === 0 ? "no restart is seen" : `${whole(restarts + 1)} lives of workers`;
  if (known.length < LEAST_JOBS) {
    return `${range}; ${whole(points.length)} of them are too few to see a trend (${starts}).`;
  }
  const ages = known.map(({ jobIndex }) => jobIndex);
  const middle = median(ages);
  const typical = (of: readonly Point[]) => median(of.map(({ residual }) => residual ?? 1));
  const young = known.filter(({ jobIndex }) => jobIndex <= middle);
  const old = known.filter(({ jobIndex }) => jobIndex > middle);
  if (old.length === 0) return `${range}; all are of workers as young as each other.`;
  return (
    `${range}; over the expected time the older half (after job ${whole(middle)} of a worker) took ` +
    `${factor(typical(old) / typical(young))} of the younger half (${starts}).`
  );
}
