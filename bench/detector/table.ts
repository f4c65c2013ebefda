import { GROUPS } from "./scenarios.js";
import { type ScoredStream, summaryOf } from "./scored-stream.js";
import { type Summary, summarize } from "./summary.js";

/** Header and value of each column; docs/benchmarks.md explains them. */
const COLUMNS: readonly (readonly [string, (summary: Summary) => string])[] = [
  ["false", (s) => fixed(s.falseResets, 2)],
  ["futile", (s) => fixed(s.futileResets, 2)],
  ["prev", (s) => fixed(s.preventiveResets, 2)],
  [
    "delay (p90)",
    (s) => (s.delay === undefined ? "-" : `${fixed(s.delay)} (${fixed(s.delayP90)})`),
  ],
  ["missed %", (s) => fixed(s.missed, 1)],
  ["cure", (s) => fixed(s.cure)],
  ["uncured %", (s) => fixed(s.uncured, 1)],
  ["lost %", (s) => fixed(s.lost, 2)],
  ["p50", (s) => fixed(s.p50, 2)],
  ["p99", (s) => fixed(s.p99, 2)],
  ["give-ups", (s) => fixed(s.gaveUp, 2)],
];

const NAME_WIDTH = 26;
const GAP = 2;

/** Rows by stream (if asked for), by scenario and by group, and one for all. */
export function tableOf(scored: readonly ScoredStream[], perStream: boolean): string {
  const lines = [
    row(
      "",
      COLUMNS.map(([header]) => header),
    ),
  ];
  const add = (name: string, summary: Summary) =>
    lines.push(
      row(
        name,
        COLUMNS.map(([, value]) => value(summary)),
      ),
    );
  if (perStream) {
    for (const { stream, score } of scored) add(stream.id, summarize([score]));
    lines.push("");
  }
  for (const scenario of new Set(scored.map(({ stream }) => stream.scenario))) {
    const own = scored.filter(({ stream }) => stream.scenario === scenario);
    add(scenario, summarize(own.map(({ score }) => score)));
  }
  lines.push("");
  for (const group of GROUPS) {
    const summary = summaryOf(scored, group);
    if (summary) add(group, summary);
  }
  add("ALL", summarize(scored.map(({ score }) => score)));
  return lines.join("\n");
}

function row(name: string, cells: readonly string[]): string {
  const padded = cells.map((cell, i) => cell.padStart(Math.max(8, widthOf(i)) + GAP));
  return `${name.padEnd(NAME_WIDTH)}${padded.join("")}`.trimEnd();
}

function widthOf(column: number): number {
  return COLUMNS[column]?.[0].length ?? 0;
}

/** At most this many decimals for counts of jobs, so that 5 isn't 5.0. */
function fixed(value: number | undefined, decimals?: number): string {
  if (value === undefined) return "-";
  return decimals === undefined ? String(Number(value.toFixed(1))) : value.toFixed(decimals);
}
