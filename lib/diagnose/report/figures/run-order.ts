import { median, quantile } from "simple-statistics";
import type { Channel } from "../../diagnosis.js";
import { css, type FigureBlock } from "../document.js";
import { factor, whole } from "../numbers.js";
import { BOTTOM, countScale, dotStyle, factorScale, WIDE } from "./axes.js";
import { CHANNEL_NAMES, type JudgedJob } from "./jobs.js";
import { smoothed } from "./smoothed.js";
import { thin } from "./thin.js";

/** Share of the run at each end that is compared. */
const END = 0.2;

/** Time over expected time in the order in which jobs ran: what the machine does shows in all arms alike. */
export function runOrderFigure(
  jobs: readonly JudgedJob[],
  channel: Channel,
): FigureBlock | undefined {
  if (jobs.length === 0) return undefined;
  const points = thin(jobs.toSorted((a, b) => a.seq - b.seq)).map((job) => ({
    ...job,
    kept: isKept(job),
  }));
  const fresh = points.filter(({ kept }) => !kept);
  const at = { x: "seq", y: "residual" } as const;
  const sentence = sees(jobs);
  return {
    kind: "figure",
    title: "Did the machine itself change during the run?",
    sees: sentence,
    reading:
      `The same jobs (${CHANNEL_NAMES[channel]} over the expected one) in the order in which they ran. What other programs, heat or clocks do to the machine moves both colours ` +
      "together, and cancels in the comparisons; what ages moves only the kept states.",
    legend: [
      { mark: "dot", colour: "--series-1", text: "kept state" },
      { mark: "dot", colour: "--series-2", text: "all others" },
      { mark: "line", colour: "--series-2", text: "median of neighbours among all others" },
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
              fill: ({ kept }: { kept: boolean }) => css(kept ? "--series-1" : "--series-2"),
              ...dotStyle(points.length),
            }),
            ...smoothed(plot, fresh, { ...at, colour: "--series-2" }),
          ],
        }),
      },
    ],
  };
}

function isKept({ arm }: JudgedJob): boolean {
  return arm === "kept" || arm === "at-once" || arm === "slowly";
}

function sees(all: readonly JudgedJob[]): string {
  const jobs = all.filter((job) => !isKept(job)).sort((a, b) => a.seq - b.seq);
  const n = Math.floor(END * jobs.length);
  if (n < 3) return "The jobs are too few to tell whether the machine changed.";
  const typical = (some: readonly JudgedJob[]) => median(some.map(({ residual }) => residual));
  const change = typical(jobs.slice(-n)) / typical(jobs.slice(0, n));
  const spread = jobs.map(({ residual }) => residual);
  const [low, high] = [quantile(spread, 0.1), quantile(spread, 0.9)];
  return (
    `Apart from kept states, the last fifth of the run took ${factor(change)} of the first fifth; ` +
    `eight of ten of these jobs lie between ${factor(low)} and ${factor(high)}.`
  );
}
