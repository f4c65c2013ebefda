import { EQUIVALENT, LEAST_EFFECT } from "../../analysis/looks.js";
import type { Channel, Contrast } from "../../diagnosis.js";
import { type Chart, css, type FigureBlock } from "../document.js";
import { contrastName } from "../labels.js";
import { confidence, factorInterval } from "../numbers.js";
import { tick, WIDE } from "./axes.js";
import { CHANNEL_NAMES } from "./jobs.js";

/** A slowdown is supported beyond the first, and refuted below the second: the lines of the chart. */
const LIMITS = [LEAST_EFFECT, EQUIVALENT].map(Math.exp);

interface Row {
  readonly name: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly innerLow: number;
  readonly innerHigh: number;
  readonly text: string;
}

/** All comparisons with their intervals, with lines at x1.00, x1.05 and x1.10. */
export function effectsFigure(contrasts: readonly Contrast[]): FigureBlock | undefined {
  const judged = contrasts.filter(
    ({ effect, equivalence }) => isPositive(effect) && isPositive(equivalence),
  );
  const [first] = judged;
  if (first === undefined) return undefined;
  const scale = {
    low: Math.min(0.95, ...judged.map(({ effect }) => effect.low)),
    high: Math.max(1.15, ...judged.map(({ effect }) => effect.high)),
  };
  const charts = (["decode", "total"] as const).flatMap((channel) => {
    const rows = judged.filter((contrast) => contrast.channel === channel).map(rowOf);
    return rows.length === 0 ? [] : [chartOf(channel, rows, scale)];
  });
  const outer = confidence(first.effect.confidence);
  const inner = confidence(first.equivalence.confidence);
  return {
    kind: "figure",
    title: "How large is each effect, and how sure is that?",
    sees: sees(judged),
    reading:
      `Each row compares two ways to run the same clip in the same block. The point is the typical ratio of their times, the ` +
      `thick bar its ${inner} interval, the thin one its ${outer} interval. Wholly right of x1.05 (thin bar): ` +
      `slower. Thick bar wholly left of x1.10: no slower to speak of. Neither: undetermined.`,
    legend: [
      { mark: "dot", colour: "--series-2", text: "estimate" },
      { mark: "band", colour: "--series-2", text: `${inner} interval` },
      { mark: "line", colour: "--series-2", text: `${outer} interval` },
      { mark: "dashes", colour: "--mark", text: "x1.05 and x1.10" },
    ],
    charts,
  };
}

function chartOf(
  channel: Channel,
  rows: readonly Row[],
  { low, high }: { readonly low: number; readonly high: number },
): Chart {
  const y = { y: "name" } as const;
  return {
    title: channel === "total" ? "Whole job" : "Decoding",
    description: `Ratios of the ${CHANNEL_NAMES[channel]}. ${rows.map(({ name, text }) => `${name}: ${text}`).join("; ")}.`,
    options: (plot) => ({
      width: WIDE,
      height: 56 + 28 * rows.length,
      marginLeft: labelWidth(rows),
      marginRight: 140,
      marginTop: 24,
      x: { type: "log", domain: [low, high], label: null, grid: true, ticks: 6, tickFormat: tick },
      y: { domain: rows.map(({ name }) => name), label: null, tickSize: 0, tickPadding: 12 },
      marks: [
        plot.ruleX([1], { stroke: css("--line") }),
        plot.ruleX(LIMITS, { stroke: css("--mark"), strokeDasharray: "4 4" }),
        plot.link(rows, {
          ...y,
          ...{ x1: "low", x2: "high", stroke: css("--series-2"), strokeWidth: 1.5 },
        }),
        plot.link(rows, {
          ...y,
          ...{ x1: "innerLow", x2: "innerHigh", stroke: css("--series-2"), strokeWidth: 6 },
          ...{ strokeOpacity: 0.4, strokeLinecap: "butt" },
        }),
        plot.dot(rows, { ...y, x: "estimate", r: 4.5, fill: css("--series-2") }),
        plot.text(rows, {
          ...y,
          ...{ text: "text", frameAnchor: "right", textAnchor: "start", dx: 12 },
        }),
      ],
    }),
  };
}

/** Of a character on average, and of the widest label that leaves room for the chart, in px. */
const CHARACTER = 6.6;
const WIDEST = 360;

function labelWidth(rows: readonly Row[]): number {
  const longest = Math.max(...rows.map(({ name }) => name.length));
  return Math.min(WIDEST, 24 + CHARACTER * longest);
}

/** What a logarithmic scale can show. */
function isPositive({ estimate, low, high }: Contrast["effect"]): boolean {
  return [estimate, low, high].every((value) => Number.isFinite(value) && value > 0);
}

function rowOf(contrast: Contrast): Row {
  const { effect, equivalence } = contrast;
  return {
    name: contrastName(contrast),
    ...{ estimate: effect.estimate, low: effect.low, high: effect.high },
    ...{ innerLow: equivalence.low, innerHigh: equivalence.high },
    text: factorInterval(effect),
  };
}

function sees(contrasts: readonly Contrast[]): string {
  const largest = contrasts.reduce((a, b) => (b.effect.estimate > a.effect.estimate ? b : a));
  const slower = contrasts.filter(({ verdict }) => verdict === "supported").length;
  const equal = contrasts.filter(({ verdict }) => verdict === "refuted").length;
  return (
    `Of ${contrasts.length} comparisons ${slower} show a slowdown, ${equal} rule one out, and ` +
    `${contrasts.length - slower - equal} are undetermined. The largest is “${contrastName(largest)}” ` +
    `with ${factorInterval(largest.effect)}.`
  );
}
