import type * as Plot from "@observablehq/plot";
import { max, min, quantile } from "simple-statistics";
import { type Chart, css, type FigureBlock } from "../document.js";
import { duration, factor, whole } from "../numbers.js";
import { BOTTOM, below, dotStyle, factorScale, HALF } from "./axes.js";
import { thin } from "./thin.js";

/** A job's time by the length of its audio. */
export interface TimedLength {
  readonly audioSeconds: number;
  readonly ms: number;
  /** Time over expected time; undefined where it isn't known what to expect. */
  readonly residual: number | undefined;
}

/** A cost that is a straight line over the length of the audio. */
export interface LineCost {
  readonly fixedMs: number;
  readonly perAudioSecondMs: number;
}

/** Share of jobs at each end that typical ranges leave out. */
const TAIL = 0.1;

/** Times by audio length, as measured and as a factor of what is expected. */
export function audioLengthFigure(
  all: readonly TimedLength[],
  line?: LineCost,
): FigureBlock | undefined {
  const known = all.filter(({ audioSeconds, ms }) => Number.isFinite(audioSeconds) && ms >= 0);
  if (known.length === 0) return undefined;
  const normalised = known.filter(({ residual }) => residual !== undefined);
  const charts = [raw(thin(known), known.length, line)];
  if (normalised.length > 0) charts.push(relative(thin(normalised), normalised.length));
  return {
    kind: "figure",
    title: "What does the length of the audio explain?",
    sees: sees(known, normalised),
    reading:
      "Longer audio takes longer, which says nothing about getting slower." +
      (normalised.length === 0
        ? ""
        : " The second chart has the same jobs over the time that their work should take: what is left is what can show a slowdown."),
    legend:
      line === undefined
        ? []
        : [{ mark: "line", colour: "--mark", text: "the one constant cost that fits best" }],
    charts,
  };
}

function lengths(points: readonly TimedLength[]): Plot.ScaleOptions {
  const longest = points.reduce((most, { audioSeconds }) => Math.max(most, audioSeconds), 0);
  return { domain: [0, longest * 1.05 || 1], ...below("seconds of audio"), ticks: 6 };
}

function raw(points: readonly TimedLength[], n: number, line: LineCost | undefined): Chart {
  const seconds = points.map(({ audioSeconds, ms }) => ({ audioSeconds, seconds: ms / 1000 }));
  const longest = max(seconds.map(({ audioSeconds }) => audioSeconds));
  return {
    title: "Before: seconds",
    description: `Times of ${whole(n)} jobs by the length of their audio.`,
    options: (plot) => ({
      width: HALF,
      height: 260,
      marginLeft: 50,
      marginBottom: BOTTOM,
      x: lengths(points),
      y: { zero: true, grid: true, label: null, ticks: 5, tickFormat: (s: number) => `${s} s` },
      marks: [
        ...(line === undefined
          ? []
          : [
              plot.lineY(
                [0, longest].map((s) => ({
                  audioSeconds: s,
                  seconds: (line.fixedMs + line.perAudioSecondMs * s) / 1000,
                })),
                { x: "audioSeconds", y: "seconds", stroke: css("--mark"), strokeWidth: 1.75 },
              ),
            ]),
        plot.dot(seconds, {
          x: "audioSeconds",
          y: "seconds",
          fill: css("--series-2"),
          ...dotStyle(points.length),
        }),
      ],
    }),
  };
}

function relative(points: readonly TimedLength[], n: number): Chart {
  return {
    title: "After: over the expected time",
    description: `Times over expected times of ${whole(n)} jobs by the length of their audio.`,
    options: (plot) => ({
      width: HALF,
      height: 260,
      marginLeft: 50,
      marginBottom: BOTTOM,
      x: lengths(points),
      y: factorScale(points.map(({ residual }) => residual ?? Number.NaN)),
      marks: [
        plot.ruleY([1], { stroke: css("--line") }),
        plot.dot(points, {
          x: "audioSeconds",
          y: "residual",
          fill: css("--series-2"),
          ...dotStyle(points.length),
        }),
      ],
    }),
  };
}

function sees(known: readonly TimedLength[], normalised: readonly TimedLength[]): string {
  const times = known.map(({ ms }) => ms);
  const before = `Jobs took ${duration(min(times))} to ${duration(max(times))}`;
  const factors = normalised.flatMap(({ residual }) => (residual === undefined ? [] : [residual]));
  if (factors.length === 0) return `${before}; what their work should take isn't known.`;
  const [low, high] = [quantile(factors, TAIL), quantile(factors, 1 - TAIL)];
  const most = factors.length < 1 / TAIL ? "all" : "eight of ten";
  const [from, to] = most === "all" ? [min(factors), max(factors)] : [low, high];
  const range =
    factor(from) === factor(to)
      ? `are at ${factor(from)}`
      : `lie between ${factor(from)} and ${factor(to)}`;
  return `${before}; over the expected time ${most} ${range}.`;
}
