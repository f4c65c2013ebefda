import { REPORT_SCENARIO } from "./scenarios.js";
import { type ScoredStream, summaryOf } from "./scored-stream.js";
import type { Summary } from "./summary.js";

export interface Gate {
  readonly name: string;
  /** Undefined: there was no stream to judge it by. */
  readonly passed: boolean | undefined;
}

/** What a detector has to reach; limits are the specification's. */
export function gatesOf(scored: readonly ScoredStream[]): Gate[] {
  const quiet = summaryOf(scored, "quiet");
  const bursts = summaryOf(scored, "contention bursts");
  const step = summaryOf(scored, "step in one unit");
  const creep = summaryOf(scored, "creep in one unit");
  const allCreep = summaryOf(scored, "creep in all units");
  const helpless = summaryOf(scored, "no reset helps");
  return [
    gate("quiet: false resets <= 1.0 / 1000 jobs", quiet, (s) => s.falseResets <= 1),
    { name: "the report's two jobs: no reset at all", passed: leavesReportAlone(scored) },
    gate("contention bursts: false resets <= 2.5 / 1000 jobs", bursts, (s) => s.falseResets <= 2.5),
    gate(
      "step in one unit: median delay <= 8 jobs, none missed",
      step,
      (s) => s.delay !== undefined && s.delay <= 8 && s.missed === 0,
    ),
    gate("step in one unit: uncured <= 5 %", step, (s) => atMost(s.uncured, 5)),
    gate("creep in one unit: missed <= 5 %", creep, (s) => atMost(s.missed, 5)),
    gate("creep in all units: missed <= 10 %", allCreep, (s) => atMost(s.missed, 10)),
    gate(
      "no reset helps: >= 0.8 give-ups per stream, <= 14 resets / 1000 jobs",
      helpless,
      (s) => s.gaveUp >= 0.8 && s.falseResets + s.futileResets <= 14,
    ),
  ];
}

/** Streams with a curable fault that was given up on, and streams with a curable fault. No gate. */
export function wrongGiveUps(scored: readonly ScoredStream[]): { wrong: number; of: number } {
  const curable = scored.filter(({ score }) => score.curable > 0);
  return { wrong: curable.filter(({ score }) => score.gaveUp > 0).length, of: curable.length };
}

function gate(
  name: string,
  summary: Summary | undefined,
  passes: (summary: Summary) => boolean,
): Gate {
  return { name, passed: summary && passes(summary) };
}

function atMost(value: number | undefined, limit: number): boolean {
  return value !== undefined && value <= limit;
}

function leavesReportAlone(scored: readonly ScoredStream[]): boolean | undefined {
  const reports = scored.filter(({ stream }) => stream.scenario === REPORT_SCENARIO);
  if (reports.length === 0) return undefined;
  return reports.every(
    ({ score }) =>
      score.falseResets + score.futileResets + score.curingResets + score.preventiveResets === 0,
  );
}
