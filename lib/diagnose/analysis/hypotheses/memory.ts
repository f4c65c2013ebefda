import { times } from "../../../health/words.js";
import type { Effect, HypothesisResult, Verdict } from "../../diagnosis.js";
import { PROCESS } from "../comparisons.js";
import { deciding, effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import type { MemoryGrowth } from "../memory-growth.js";
import { bytesWords, contrastWords } from "../phrases.js";
import { wouldSettle } from "../settle.js";

/** Whether memory of the kept process or of the GPU grows: refuted only if it is known not to. */
export function memoryGrows({ rss, gpu }: Findings): Verdict {
  const verdicts = [rss, gpu].flatMap((growth) => (growth ? [growth.verdict] : []));
  if (verdicts.includes("supported")) return "supported";
  return rss?.verdict === "refuted" && !verdicts.includes("undetermined")
    ? "refuted"
    : "undetermined";
}

/** H3: memory leaks or is cut to pieces, whether or not that slows jobs yet. */
export function memoryLeaks(findings: Findings): HypothesisResult {
  const growth = memoryGrows(findings);
  const slowdown = findings.verdict(PROCESS);
  const contrasts = findings.of(PROCESS);
  const verdict: Verdict =
    growth === "supported"
      ? "supported"
      : growth === "refuted" || slowdown === "refuted"
        ? "refuted"
        : "undetermined";
  return {
    id: "H3",
    title: "Memory leaks or fragments",
    verdict,
    effect: growthEffect(findings),
    parts: [
      { id: "growth", title: "Memory grows", verdict: growth, effect: growthEffect(findings) },
      {
        id: "slowdown",
        title: "A fresh process is faster",
        verdict: slowdown,
        effect: effectOf(contrasts),
      },
    ],
    jobs: findings.jobs.length,
    says: saysOf(findings, growth, slowdown),
    wouldSettle: verdict === "undetermined" ? wouldSettle(contrasts, findings.blocks) : undefined,
  };
}

/** The larger one of the process's and the GPU's, or the one that is known to grow. */
function growing({ rss, gpu }: Findings): readonly ["process" | "GPU", MemoryGrowth] | undefined {
  if (gpu?.verdict === "supported" && rss?.verdict !== "supported") return ["GPU", gpu];
  return rss ? ["process", rss] : gpu ? ["GPU", gpu] : undefined;
}

function growthEffect(findings: Findings): Effect | undefined {
  const found = growing(findings);
  if (!found) return undefined;
  const [where, { interval }] = found;
  const of = where === "GPU" ? "memory used on the GPU" : "resident memory of the kept process";
  return { ...interval, unit: "bytes-per-job", of };
}

function saysOf(findings: Findings, growth: Verdict, slowdown: Verdict): string[] {
  const says: string[] = [];
  const found = growing(findings);
  if (found) {
    const [where, { interval, blocks }] = found;
    const range = `${bytesWords(interval.low)} to ${bytesWords(interval.high)}`;
    const changes = growth === "supported" ? "grows" : "changes";
    says.push(
      `Memory of the ${where} ${changes} by ${bytesWords(interval.estimate)} per job (${range}; ${blocks} blocks, without the first ones).`,
    );
  } else {
    says.push("There are too few readings of memory to tell whether it grows.");
  }
  if (growth === "supported") {
    const effect = deciding(findings.of(PROCESS))?.effect;
    says.push(
      slowdown === "supported"
        ? `It slows jobs: a fresh process is faster, ${times(effect!.estimate)}.`
        : slowdown === "refuted"
          ? "It doesn't slow jobs so far; it will fill the machine all the same."
          : "Whether it slows jobs can't be told yet.",
    );
  }
  says.push(...freedWords(findings, growth), ...findings.of(PROCESS).map(contrastWords));
  return says;
}

/** Which rung gives the memory back. */
function freedWords({ context: { freed } }: Findings, growth: Verdict): string[] {
  if (growth !== "supported" || !freed) return [];
  const { statesBytes, contextBytes } = freed;
  const parts = [
    statesBytes === undefined ? [] : `${bytesWords(statesBytes)} when the states were freed`,
    contextBytes === undefined ? [] : `${bytesWords(contextBytes)} when the context was`,
  ].flat();
  return parts.length === 0
    ? []
    : [`Given back at the end: ${parts.join(", ")}; the rest with the process only.`];
}
