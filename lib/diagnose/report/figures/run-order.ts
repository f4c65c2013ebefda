import { median, quantile } from "simple-statistics";
import type { Channel } from "../../diagnosis.js";
import { type Colour, css, type FigureBlock } from "../document.js";
import { factor, whole } from "../numbers.js";
import { BOTTOM, countScale, dotStyle, factorScale, WIDE } from "./axes.js";
import { CHANNEL_NAMES, type JudgedJob } from "./jobs.js";
import { smoothed } from "./smoothed.js";
import { thin } from "./thin.js";

/** Share of the run at each end that is compared, and the jobs of it from which it is worth a word. */
const END = 0.2;
const LEAST_JOBS = 3;

const KEPT: Colour = "--series-1";
const FRESH: Colour = "--series-2";

/** Time over expected time in the order in which jobs ran. A fresh process can't age: what changes there is the machine. */
export function runOrderFigure(
  jobs: readonly JudgedJob[],
  channel: Channel,
): FigureBlock | undefined {
  if (jobs.length === 0) return undefined;
  const points = thin(jobs.toSorted((a, b) => a.seq - b.seq));
  const fresh = points.filter(keepsNothing);
  const at = { x: "seq", y: "residual" } as const;
  const sentence = sees(jobs);
  return {
    kind: "figure",
    title: "Did the machine itself change during the run?",
    sees: sentence,
    reading:
      `The same jobs (${CHANNEL_NAMES[channel]} over the expected one) in the order in which they ran. What other programs, heat ` +
      "or clocks do to the machine moves both colours together, and cancels in the comparisons. A fresh process has nothing " +
      "that could have aged.",
    legend: [
      { mark: "dot", colour: FRESH, text: "in a fresh process" },
      { mark: "line", colour: FRESH, text: "their running median" },
      { mark: "dot", colour: KEPT, text: "all others" },
    ],
    charts: [
      {
        title: "Time over expected time, in the order of the run",
        description: `${whole(jobs.length)} jobs in the order in which they ran. ${sentence}`,
        options: (plot) => ({
          width: WIDE,
          height: 260,
          marginLeft: 44,
          marginBottom: BOTTOM,
          x: countScale(points.at(-1)?.seq ?? 0, "job of the run"),
          y: factorScale(points.map(({ residual }) => residual)),
          marks: [
            plot.ruleY([1], { stroke: css("--line") }),
            plot.dot(points, {
              ...at,
              fill: (job: JudgedJob) => css(keepsNothing(job) ? FRESH : KEPT),
              ...dotStyle(points.length),
            }),
            ...smoothed(plot, fresh, { ...at, colour: FRESH }),
          ],
        }),
      },
    ],
  };
}

function keepsNothing({ arm }: JudgedJob): boolean {
  return arm === "fresh-process";
}

function sees(all: readonly JudgedJob[]): string {
  const jobs = all.filter(keepsNothing).sort((a, b) => a.seq - b.seq);
  const n = Math.floor(END * jobs.length);
  if (n < LEAST_JOBS) return "The jobs are too few to tell whether the machine changed.";
  const typical = (some: readonly JudgedJob[]) => median(some.map(({ residual }) => residual));
  const change = typical(jobs.slice(-n)) / typical(jobs.slice(0, n));
  const spread = jobs.map(({ residual }) => residual);
  return (
    `Jobs in a fresh process, which can't age, took ${factor(change)} in the last fifth of the run of what they took in the first; ` +
    `eight of ten of them lie between ${factor(quantile(spread, 0.1))} and ${factor(quantile(spread, 0.9))}.`
  );
}
