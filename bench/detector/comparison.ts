import type { ScoredStream } from "./scored-stream.js";
import { type Summary, summarize } from "./summary.js";

/** What the comparison of detectors shows, and of which scenario: the specification's second table. */
const COLUMNS: readonly (readonly [string, string, (summary: Summary) => string])[] = [
  ["stable: false / lost %", "a_stable", (s) => `${shown(s.falseResets)} / ${shown(s.lost)}`],
  ["short to long: false", "b_short_long", (s) => shown(s.falseResets)],
  ["bursts: false", "e_burst", (s) => shown(s.falseResets)],
  ["outliers: false", "h_outliers", (s) => shown(s.falseResets)],
  ["step x2: delay / lost %", "c_step2.0", (s) => `${shown(s.delay)} / ${shown(s.lost)}`],
  ["creep 2 %: delay / lost %", "d_creep2", (s) => `${shown(s.delay)} / ${shown(s.lost)}`],
];

/** A row for each detector, in Markdown; scenarios without streams are "-". */
export function comparisonOf(runs: ReadonlyMap<string, readonly ScoredStream[]>): string {
  const lines = [
    ["detector", ...COLUMNS.map(([header]) => header)],
    ["---", ...COLUMNS.map(() => "---")],
    ...[...runs].map(([name, scored]) => [name, ...COLUMNS.map((column) => cell(column, scored))]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cell(
  [, scenario, value]: (typeof COLUMNS)[number],
  scored: readonly ScoredStream[],
): string {
  const own = scored.filter(({ stream }) => stream.scenario === scenario);
  return own.length === 0 ? "-" : value(summarize(own.map(({ score }) => score)));
}

function shown(value: number | undefined): string {
  return value === undefined ? "-" : String(Number(value.toFixed(1)));
}
