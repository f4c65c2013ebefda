import type { HypothesisId, HypothesisResult, Verdict } from "../diagnosis.js";
import { factorWords } from "./phrases.js";

/** What a person does about each hypothesis that is supported, in the order in which causes are acted on. */
const ACTIONS: readonly (readonly [HypothesisId, string])[] = [
  ["H1", "Jobs get slower because state accumulates"],
  ["H3", "Memory isn't given back"],
  ["H2", "Decoding gets slower when segments are read late or slowly"],
  ["H4", "Conditioning on previous text makes jobs of several windows slower"],
  ["H6", "The device isn't doing the work: jobs are always slow, which is not getting slower"],
  ["H5", "The other build or model differs in speed"],
];

/** Those whose verdicts say that jobs get slower. */
const SLOWDOWNS: readonly HypothesisId[] = ["H1", "H2"];

/** The whole in a few plain sentences; the first is the verdict. */
export function summaryOf(hypotheses: readonly HypothesisResult[], judged: number): string[] {
  if (judged === 0) return ["There is nothing to judge: no job was completed."];
  const of = (id: HypothesisId) => hypotheses.find((hypothesis) => hypothesis.id === id)!;
  const found = ACTIONS.filter(([id]) => of(id).verdict === "supported");
  const causes = found.map(([id, words]) => {
    const { effect, says } = of(id);
    const size = effect?.unit === "factor" ? `, ${factorWords(effect)}` : "";
    return `${words}${size}. ${says[0] ?? ""}`.trim();
  });
  const slows =
    found.some(([id]) => SLOWDOWNS.includes(id)) ||
    of("H3").parts.some(({ id, verdict }) => id === "slowdown" && verdict === "supported");
  return [...(slows ? causes : withPace(causes, of("H0").verdict)), ...openWords(hypotheses)];
}

/** Whether jobs get slower comes first, unless nothing does and something else is to be acted on. */
function withPace(causes: readonly string[], costFollowsWork: Verdict): string[] {
  if (costFollowsWork !== "supported") {
    return [
      costFollowsWork === "refuted"
        ? "Jobs get slower, and what causes it can't be told yet."
        : "Whether jobs get slower can't be told from these jobs.",
      ...causes,
    ];
  }
  return causes.length === 0
    ? ["Jobs don't get slower: their cost follows their work, and there is nothing to reset."]
    : [...causes, "Jobs don't get slower: their cost follows their work."];
}

/** What is open, and isn't for want of something to compare with. */
function openWords(hypotheses: readonly HypothesisResult[]): string[] {
  const open = hypotheses.filter(
    ({ id, verdict }) => verdict === "undetermined" && id !== "H5" && id !== "H6",
  );
  if (open.length === 0) return [];
  return [`Not settled: ${open.map(({ id, title }) => `${id} (${title})`).join(", ")}.`];
}
