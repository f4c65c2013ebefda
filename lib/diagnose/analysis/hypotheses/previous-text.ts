import { mean, median } from "simple-statistics";
import { times } from "../../../health/words.js";
import type { HypothesisResult } from "../../diagnosis.js";
import { TEXT, TEXT_WINDOWS } from "../comparisons.js";
import { effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import type { NormalisedJob } from "../normalised.js";
import { ownReadingMs } from "../own-text.js";
import { contrastWords, percent } from "../phrases.js";
import { wouldSettle } from "../settle.js";

/**
 * H4: conditioning on text of earlier windows makes jobs of several windows slower, by more than what reading that text takes
 * each time: that is work, and doesn't grow.
 */
export function previousText(findings: Findings): HypothesisResult {
  const contrasts = findings.of(TEXT);
  const verdict = findings.verdict(TEXT);
  return {
    id: "H4",
    title: "Conditioning on previous text slows jobs",
    verdict,
    effect: effectOf(contrasts),
    parts: [],
    jobs: contrasts.length === 0 ? 0 : 2 * Math.max(...contrasts.map(({ pairs }) => pairs)),
    says: [...contrasts.map(contrastWords), ...readingWords(findings), ...workWords(findings)],
    wouldSettle:
      verdict !== "undetermined"
        ? undefined
        : contrasts.length === 0
          ? "More jobs of clips with at least two windows of 30 s."
          : wouldSettle(contrasts, findings.blocks),
  };
}

interface TextPair {
  readonly text: NormalisedJob;
  readonly without: NormalisedJob;
}

/** Jobs of several windows, each with the one of its block that had no previous text. */
function textPairs(findings: Findings): TextPair[] {
  const byBlock = new Map(
    findings.jobsOf("no-previous-text").map((job) => [job.measurement.block, job]),
  );
  return findings.jobsOf("fresh-state").flatMap((text) => {
    const without = byBlock.get(text.measurement.block);
    return without && text.measurement.windows >= TEXT_WINDOWS ? [{ text, without }] : [];
  });
}

/** What was left out of the comparison. */
function readingWords(findings: Findings): string[] {
  const shares = textPairs(findings).map(
    ({ text, without }) => ownReadingMs(text.measurement, without.measurement) / text.totalMs,
  );
  if (shares.length === 0 || median(shares) === 0) return [];
  return [
    `Reading the text of a job's own earlier windows is work, and left out there: ${percent(median(shares))} of these jobs' time, the same each time.`,
  ];
}

/** How much of it is more tokens and fallbacks, which the cost model knows the price of. */
function workWords(findings: Findings): string[] {
  const pairs = textPairs(findings);
  const contrast = findings.of(TEXT).find(({ channel }) => channel === "decode");
  if (!contrast || pairs.length === 0) return [];
  const expected = ({ raw, residual }: NormalisedJob) => raw.decode - residual.decode;
  const work = pairs.map(({ text, without }) => expected(text) - expected(without));
  const average = (of: "tokens" | "fallbacks", arm: keyof TextPair, digits: number) =>
    mean(pairs.map((pair) => pair[arm].measurement[of])).toFixed(digits);
  return [
    `Of its decoder's ${times(contrast.effect.estimate)}, more tokens and fallbacks make ${times(Math.exp(median(work)))}: ` +
      `${average("tokens", "text", 0)} tokens and ${average("fallbacks", "text", 1)} fallbacks per job with text, ` +
      `${average("tokens", "without", 0)} and ${average("fallbacks", "without", 1)} without.`,
  ];
}
