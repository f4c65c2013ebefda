import { median } from "simple-statistics";
import { seconds, times } from "../../../health/words.js";
import type { HypothesisResult } from "../../diagnosis.js";
import { KEPT_OR_AT_ONCE, SLOWLY_OR_AT_ONCE } from "../comparisons.js";
import { anyOf } from "../contrasts.js";
import { effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import { contrastWords } from "../phrases.js";
import { wouldSettle } from "../settle.js";

/** H2: segments that are read late or slowly hold decoding up. */
export function segmentReading(findings: Findings): HypothesisResult {
  const ids = [KEPT_OR_AT_ONCE, SLOWLY_OR_AT_ONCE] as const;
  const contrasts = findings.of(...ids);
  const [late, slowly] = ids.map((id) => findings.verdict(id));
  const verdict = anyOf([late!, slowly!]);
  return {
    id: "H2",
    title: "Reading segments late or slowly slows decoding",
    verdict,
    effect: effectOf(contrasts),
    parts: [
      {
        id: "late",
        title: "Read after the run",
        verdict: late!,
        effect: effectOf(findings.of(KEPT_OR_AT_ONCE)),
      },
      {
        id: "slowly",
        title: "Read slowly",
        verdict: slowly!,
        effect: effectOf(findings.of(SLOWLY_OR_AT_ONCE)),
      },
    ],
    jobs: findings.jobsIn(...ids),
    says: [...lagWords(findings), ...contrasts.map(contrastWords)],
    wouldSettle: verdict === "undetermined" ? wouldSettle(contrasts, findings.blocks) : undefined,
  };
}

/** That decoding doesn't wait for the reader shows in jobs with segments, where the reader is done long after it. */
function lagWords(findings: Findings): string[] {
  const slow = findings
    .jobsOf("slowly")
    .filter(
      ({ measurement: { segments, readerLagMs } }) => segments > 0 && readerLagMs !== undefined,
    );
  const decode = findings.of(SLOWLY_OR_AT_ONCE).find(({ channel }) => channel === "decode");
  if (slow.length === 0 || !decode) return [];
  const lag = seconds(median(slow.map(({ measurement }) => measurement.readerLagMs!)));
  return [
    `The slow reader finished ${lag} after decoding was done (median of ${slow.length} jobs), which took ${times(decode.effect.estimate)} of the time with a reader that keeps up: decoding doesn't wait for the reader.`,
  ];
}
