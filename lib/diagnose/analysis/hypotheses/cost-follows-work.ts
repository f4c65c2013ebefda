import { variance } from "simple-statistics";
import type { HypothesisResult, Verdict } from "../../diagnosis.js";
import { ALL_AT_ONCE, ALL_KEPT } from "../comparisons.js";
import { effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import type { NormalisedJob } from "../normalised.js";
import { contrastWords, percent } from "../phrases.js";
import { wouldSettle } from "../settle.js";

/** H0: what is kept takes as long as what is fresh, for the same work. */
export function costFollowsWork(findings: Findings): HypothesisResult {
  const contrasts = findings.of(ALL_KEPT, ALL_AT_ONCE);
  const [kept, atOnce] = [findings.verdict(ALL_KEPT), findings.verdict(ALL_AT_ONCE)];
  const verdict: Verdict =
    kept === "supported" || atOnce === "supported"
      ? "refuted"
      : kept === "refuted" && atOnce === "refuted"
        ? "supported"
        : "undetermined";
  const explained = explainedByWork(findings.jobs);
  const says = contrasts.map(contrastWords);
  if (explained !== undefined) {
    says.push(
      `Work (windows, tokens, fallbacks) explains ${percent(explained, 0)} of the differences between jobs.`,
    );
  }
  return {
    id: "H0",
    title: "Cost follows work",
    verdict,
    effect: effectOf(contrasts),
    parts: [],
    jobs: findings.jobsIn(ALL_KEPT, ALL_AT_ONCE),
    says,
    wouldSettle: verdict === "undetermined" ? wouldSettle(contrasts, findings.blocks) : undefined,
  };
}

/** Share of the variance of log time that is gone once each job is divided by what its work should take. */
function explainedByWork(jobs: readonly NormalisedJob[]): number | undefined {
  const own = jobs.filter(({ measurement }) => measurement.arm !== "other");
  if (own.length < 3) return undefined;
  const all = variance(own.map(({ raw }) => raw.total));
  if (all === 0) return undefined;
  return Math.max(0, 1 - variance(own.map(({ residual }) => residual.total)) / all);
}
