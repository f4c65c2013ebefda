import { constantCost } from "../../../health/report/few-jobs.js";
import type { LogDiagnosis, LogFinding } from "../../log-diagnosis.js";
import type { JudgedJob } from "../job-store.js";
import { judgeAlwaysSlow } from "./always-slow.js";
import { fewJobsFollowWork, judgeCostFollowsWork } from "./cost-follows-work.js";
import { NEEDED } from "./degradation.js";
import { jobsToSeeSentence } from "./jobs-to-see.js";
import { judgeDegradation, tooFewToDegrade } from "./judge-degradation.js";
import { judgeLazyGenerator } from "./lazy-generator.js";
import { judgeMemory } from "./memory-growth.js";
import { type Residuals, residualsOf } from "./residuals.js";
import { judgeRestarts } from "./restarts.js";
import { spreadEvenly } from "./spread-evenly.js";

/** Jobs in the plots, and those that the constant cost is fitted to, spread evenly. */
const MOST_POINTS = 2000;

/** What is made of the jobs of a log. */
export type Judgement = Pick<LogDiagnosis, "constantCost" | "findings" | "points" | "summary">;

/** @param jobs At least one, in order. */
export function judgeLog(jobs: readonly JudgedJob[]): Judgement {
  const few = jobs.length < NEEDED;
  // A residual needs a cost, which needs more lengths and jobs than its two parts.
  const residuals = jobs.length > 2 ? residualsOf(jobs) : undefined;
  const findings =
    few || !residuals
      ? [tooFewToDegrade(jobs.length), fewJobsFollowWork(jobs), ...unaged(jobs)]
      : [judgeDegradation(residuals), judgeCostFollowsWork(residuals), ...unaged(jobs)];
  if (!few && residuals) findings.push(judgeRestarts(residuals));
  const degradation = findings[0]!;
  const says = findings.filter((finding) => isTold(finding)).flatMap((finding) => finding.says);
  if (degradation.verdict === "no evidence" || degradation.verdict === "undetermined") {
    says.push(jobsToSeeSentence());
  }
  return {
    constantCost: constantCost(spreadEvenly(jobs, MOST_POINTS)),
    ...{ findings, points: points(jobs, residuals), summary: says },
  };
}

function unaged(jobs: readonly JudgedJob[]): LogFinding[] {
  return [judgeLazyGenerator(jobs), judgeAlwaysSlow(jobs), judgeMemory(jobs)];
}

/** The summary has what was found, not what the log lacks. */
function isTold({ id, verdict }: LogFinding): boolean {
  if (id === "degradation" || id === "cost-follows-work") return true;
  return (
    verdict === "supported" || (verdict === "refuted" && (id === "memory" || id === "restarts"))
  );
}

function points(jobs: readonly JudgedJob[], residuals: Residuals | undefined) {
  const rows = jobs.map(({ life: _, ...job }, row) => ({
    ...job,
    residual: residuals && Math.exp(residuals.all[row]!.value),
  }));
  return spreadEvenly(rows, MOST_POINTS);
}
