import { times } from "../../../health/words.js";
import type { HypothesisResult } from "../../diagnosis.js";
import { OTHER } from "../comparisons.js";
import { deciding, effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import { contrastWords } from "../phrases.js";
import { wouldSettle } from "../settle.js";

/** H5: another build or model is slower or faster with the same clips. */
export function otherBuild(findings: Findings): HypothesisResult {
  const contrasts = findings.of(OTHER);
  const { compareWith } = findings.context;
  const verdict = compareWith === undefined ? "undetermined" : findings.verdict(OTHER);
  const says: string[] = [];
  if (compareWith === undefined) {
    says.push("Nothing was compared with.");
  } else {
    const factor = deciding(contrasts)?.effect.estimate;
    if (verdict === "supported" && factor !== undefined) {
      says.push(
        `${compareWith} is ${factor > 1 ? "slower" : "faster"}: ${times(factor)} of the time.`,
      );
    }
    says.push(...contrasts.map(contrastWords));
  }
  return {
    id: "H5",
    title: "A change of code, build or model",
    verdict,
    effect: effectOf(contrasts),
    parts: [],
    jobs: findings.jobsIn(OTHER),
    says,
    wouldSettle:
      compareWith === undefined
        ? "A run with the build or model from before (--compare-with)."
        : verdict === "undetermined"
          ? wouldSettle(contrasts, findings.blocks)
          : undefined,
  };
}
