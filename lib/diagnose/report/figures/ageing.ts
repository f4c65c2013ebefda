import { median } from "simple-statistics";
import { ARMS, type Arm } from "../../arms.js";
import type { Channel } from "../../diagnosis.js";
import type { Chart, FigureBlock } from "../document.js";
import { css } from "../document.js";
import { ARM_COLOURS, armName, lowered } from "../labels.js";
import { factor } from "../numbers.js";
import { BOTTOM, countScale, dotStyle, factorScale, SMALL } from "./axes.js";
import { CHANNEL_NAMES, type JudgedJob } from "./jobs.js";
import { smoothed } from "./smoothed.js";
import { MOST_POINTS, thin } from "./thin.js";

/** Jobs of an arm from which its typical time is worth a word. */
const LEAST_TYPICAL = 3;

/** Time over expected time, by the blocks that what is kept had been through: a chart per arm. */
export function ageingFigure(
  jobs: readonly JudgedJob[],
  channel: Channel,
): FigureBlock | undefined {
  if (jobs.length === 0) return undefined;
  const arms = ARMS.filter((arm) => jobs.some((job) => job.arm === arm));
  const oldest = Math.max(...arms.map((arm) => oldestOf(of(jobs, arm))));
  const y = factorScale(jobs.map(({ residual }) => residual));
  const most = Math.floor(MOST_POINTS / arms.length);
  const charts = arms.map((arm): Chart => {
    const all = of(jobs, arm).sort((a, b) => a.age - b.age);
    const points = thin(all, most);
    const colour = css(ARM_COLOURS[arm]);
    const at = { x: "age", y: "residual" } as const;
    return {
      title: armName(arm),
      description: `${armName(arm)}: time over expected time of ${all.length} jobs, by age. ${typical(all, oldest) ?? ""}`,
      options: (plot) => ({
        width: SMALL,
        height: 190,
        marginLeft: 40,
        marginBottom: BOTTOM,
        marginRight: 12,
        x: countScale(oldest, "blocks since the start"),
        y,
        marks: [
          plot.ruleY([1], { stroke: css("--line") }),
          plot.dot(points, { ...at, fill: colour, ...dotStyle(jobs.length) }),
          ...smoothed(plot, points, { ...at, colour: ARM_COLOURS[arm] }),
        ],
      }),
    };
  });
  return {
    kind: "figure",
    title: "Does a job take longer the longer something is kept?",
    sees: sees(jobs, arms, oldest),
    reading:
      `Each point is a job: the ${CHANNEL_NAMES[channel]} over what its work should take, so x1 is as expected and x1.2 a fifth slower. ` +
      "The line is the median of neighbouring jobs. A line that rises means that something gets slower which this way to run a job keeps: " +
      "a fresh state still has the context and process that are kept, a fresh context the process, and only a fresh process keeps nothing. " +
      "Points beyond the scale are drawn at its edge.",
    legend: [
      { mark: "dot", colour: "--series-1", text: "kept state" },
      { mark: "dot", colour: "--series-2", text: "made afresh for each job" },
      ...(arms.includes("no-previous-text")
        ? [{ mark: "dot", colour: "--series-3", text: "without previous text" } as const]
        : []),
      ...(arms.includes("other")
        ? [{ mark: "dot", colour: "--series-4", text: "the other model or build" } as const]
        : []),
    ],
    charts,
  };
}

function of(jobs: readonly JudgedJob[], arm: Arm): JudgedJob[] {
  return jobs.filter((job) => job.arm === arm);
}

function oldestOf(jobs: readonly JudgedJob[]): number {
  return jobs.reduce((oldest, { age }) => Math.max(oldest, age), 0);
}

/** Of the older half, where ageing shows. */
function typicalFactor(jobs: readonly JudgedJob[], oldest: number): number | undefined {
  const old = jobs.filter(({ age }) => age >= oldest / 2);
  return old.length < LEAST_TYPICAL ? undefined : median(old.map(({ residual }) => residual));
}

function typical(jobs: readonly JudgedJob[], oldest: number): string | undefined {
  const value = typicalFactor(jobs, oldest);
  return value === undefined ? undefined : `Typically ${factor(value)} in the later half.`;
}

function sees(jobs: readonly JudgedJob[], arms: readonly Arm[], oldest: number): string {
  const known = arms.flatMap((arm) => {
    const value = typicalFactor(of(jobs, arm), oldest);
    return value === undefined ? [] : [{ name: lowered(armName(arm)), value }];
  });
  const [first, ...rest] = known;
  if (first === undefined) return "The jobs are too few to see anything yet.";
  const slowest = rest.reduce((a, b) => (b.value > a.value ? b : a), first);
  const quickest = rest.reduce((a, b) => (b.value < a.value ? b : a), first);
  return (
    `In the later half (from block ${Math.ceil(oldest / 2)} on) the slowest way to run a job is “${slowest.name}” ` +
    `at ${factor(slowest.value)} of the expected time, the quickest “${quickest.name}” at ${factor(quickest.value)}.`
  );
}
