import { mean, median } from "simple-statistics";
import { times } from "../../../health/words.js";
import type { HypothesisResult } from "../../diagnosis.js";
import { TEXT } from "../comparisons.js";
import { effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import { contrastWords } from "../phrases.js";
import { wouldSettle } from "../settle.js";

/** H4: conditioning on text of earlier windows makes jobs of several windows slower. */
export function previousText(findings: Findings): HypothesisResult {
  const contrasts = findings.of(TEXT);
  const verdict = findings.verdict(TEXT);
  return {
    id: "H4",
    title: "Conditioning on previous text costs time",
    verdict,
    effect: effectOf(contrasts),
    parts: [],
    jobs: contrasts.length === 0 ? 0 : 2 * Math.max(...contrasts.map(({ pairs }) => pairs)),
    says: [...contrasts.map(contrastWords), ...workWords(findings)],
    wouldSettle:
      verdict !== "undetermined"
        ? undefined
        : contrasts.length === 0
          ? "More jobs of clips with at least two windows of 30 s."
          : wouldSettle(contrasts, findings.blocks),
  };
}

/** How much of it is more tokens and fallbacks, which the cost model knows the price of. */
function workWords(findings: Findings): string[] {
  const several = (arm: "fresh-state" | "no-previous-text") =>
    findings.jobsOf(arm).filter(({ measurement }) => measurement.windows >= 2);
  const [text, without] = [several("fresh-state"), several("no-previous-text")];
  const contrast = findings.of(TEXT).find(({ channel }) => channel === "decode");
  if (!contrast || text.length === 0 || without.length === 0) return [];
  const byBlock = new Map(without.map((job) => [job.measurement.block, job]));
  const work = text.flatMap((job) => {
    const other = byBlock.get(job.measurement.block);
    if (!other) return [];
    const expected = ({ raw, residual }: typeof job) => raw.decode - residual.decode;
    return [expected(job) - expected(other)];
  });
  if (work.length === 0) return [];
  const tokens = (jobs: typeof text) => mean(jobs.map(({ measurement }) => measurement.tokens));
  const fallbacks = (jobs: typeof text) =>
    mean(jobs.map(({ measurement }) => measurement.fallbacks));
  return [
    `Of its decoder's ${times(contrast.effect.estimate)}, more tokens and fallbacks make ${times(Math.exp(median(work)))}: ` +
      `${tokens(text).toFixed(0)} tokens and ${fallbacks(text).toFixed(1)} fallbacks per job with text, ` +
      `${tokens(without).toFixed(0)} and ${fallbacks(without).toFixed(1)} without.`,
  ];
}
