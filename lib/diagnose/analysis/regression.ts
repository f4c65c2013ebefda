import { RUNGS, type Rung } from "../../engine/rungs.js";
import type { Arm } from "../arms.js";
import { CONTEXT, PROCESS, STATE, STATE_AND_CONTEXT } from "./comparisons.js";
import type { Findings } from "./findings.js";
import { curesOf } from "./hypotheses/state-accumulates.js";
import { intervalOf } from "./interval.js";

/** A slowdown that a reset cures. */
export interface Regression {
  /** The lowest rung that cures all of it. */
  readonly rung: Rung;
  /** What it adds to a job's time per job since the last reset, as a share of a fresh job's time; 98 %. */
  readonly perJob: { readonly estimate: number; readonly low: number; readonly high: number };
}

/** Arms whose jobs age what a rung makes anew: in each block so many jobs. */
const AGEING: Readonly<Record<Rung, readonly Arm[]>> = {
  state: ["at-once"],
  context: ["kept", "at-once", "slowly", "fresh-state", "no-previous-text"],
  process: ["kept", "at-once", "slowly", "fresh-state", "fresh-context", "no-previous-text"],
};
const CONFIDENCE = 0.98;

/** The slowdown that was measured. "none": there is none that matters; undefined: it can't be told yet. */
export function regressionOf(findings: Findings): Regression | "none" | undefined {
  const { state, context, process } = curesOf(findings);
  const both = findings.verdict(STATE_AND_CONTEXT);
  if (process === "supported") return growth(findings, "process", PROCESS);
  if (context === "supported") {
    return growth(findings, "context", state === "refuted" ? CONTEXT : STATE_AND_CONTEXT);
  }
  if (state === "supported") return growth(findings, "state", STATE);
  if (both === "supported") return growth(findings, "context", STATE_AND_CONTEXT);
  const verdicts = [state, both, process];
  return verdicts.every((verdict) => verdict === "refuted") ? "none" : undefined;
}

function growth(findings: Findings, rung: Rung, comparison: string): Regression | undefined {
  const contrast = findings.of(comparison).find(({ channel }) => channel === "total");
  if (!contrast) return undefined;
  const { slope, error, degrees } = contrast.estimate;
  const perBlock = intervalOf({ value: slope, error, degrees }, CONFIDENCE);
  const jobs = findings.jobsOf(...AGEING[rung]).length / Math.max(1, findings.blocks);
  const perJob = (growth: number) => Math.max(0, growth / Math.max(1, jobs));
  return {
    rung,
    perJob: {
      estimate: perJob(perBlock.estimate),
      low: perJob(perBlock.low),
      high: perJob(perBlock.high),
    },
  };
}

/** Whether a reset at `rung` makes anew what the regression needs. */
export function cures(rung: Rung, { rung: needed }: Regression): boolean {
  return RUNGS.indexOf(rung) >= RUNGS.indexOf(needed);
}
