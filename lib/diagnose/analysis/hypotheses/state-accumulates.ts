import type { HypothesisPart, HypothesisResult, Verdict } from "../../diagnosis.js";
import { CONTEXT, PROCESS, STATE, STATE_AND_CONTEXT } from "../comparisons.js";
import { anyOf } from "../contrasts.js";
import { effectOf } from "../deciding.js";
import type { Findings } from "../findings.js";
import { contrastWords } from "../phrases.js";
import { wouldSettle } from "../settle.js";
import { memoryGrows } from "./memory.js";

/** Which rungs cure a slowdown, from the cheapest up. */
export interface Cures {
  readonly state: Verdict;
  readonly context: Verdict;
  /** What only a fresh process cures, whether or not its memory grows. */
  readonly process: Verdict;
}

export function curesOf(findings: Findings): Cures {
  const [state, own, both] = [STATE, CONTEXT, STATE_AND_CONTEXT].map((id) => findings.verdict(id));
  // A context cures what it cures beyond a state, or what only the two together show.
  const context = own === "supported" || (both === "supported" && state === "refuted");
  return {
    state: state as Verdict,
    context: context ? "supported" : (own as Verdict),
    process: findings.verdict(PROCESS),
  };
}

/** H1: something in the decoder state, the context or the process piles up and slows jobs, other than memory that grows. */
export function stateAccumulates(findings: Findings): HypothesisResult {
  const cures = curesOf(findings);
  const memory = memoryGrows(findings);
  const process = processPart(cures.process, memory);
  const verdict = anyOf([cures.state, cures.context, findings.verdict(STATE_AND_CONTEXT), process]);
  const part = (id: string, title: string, own: Verdict, comparison: string): HypothesisPart => ({
    ...{ id, title, verdict: own },
    effect: effectOf(findings.of(comparison)),
  });
  const contrasts = findings.of(STATE, CONTEXT, STATE_AND_CONTEXT, PROCESS);
  return {
    id: "H1",
    title: "State accumulates in the library",
    verdict,
    effect: effectOf(
      verdict === "supported" && process !== "supported"
        ? findings.of(STATE, STATE_AND_CONTEXT, CONTEXT)
        : contrasts,
    ),
    parts: [
      part("state", "In the decoder state", cures.state, STATE),
      part("context", "In the context", cures.context, CONTEXT),
      part("process", "In the process, with memory constant", process, PROCESS),
    ],
    jobs: findings.jobsIn(STATE, CONTEXT, STATE_AND_CONTEXT, PROCESS),
    says: [...saysOf(cures, verdict, memory), ...contrasts.map(contrastWords)],
    wouldSettle: verdict === "undetermined" ? wouldSettle(contrasts, findings.blocks) : undefined,
  };
}

/** What only a fresh process cures is memory's (H3) where memory grows, and accumulated state where it doesn't. */
function processPart(slowdown: Verdict, memory: Verdict): Verdict {
  if (slowdown === "refuted" || memory === "supported") return "refuted";
  return slowdown === "supported" && memory === "refuted" ? "supported" : "undetermined";
}

function saysOf({ state, context, process }: Cures, verdict: Verdict, memory: Verdict): string[] {
  if (state === "supported" && context !== "supported") return ["A fresh state cures it."];
  if (state === "supported") return ["A fresh state cures a part of it, a fresh context the rest."];
  if (context === "supported") return ["A fresh context cures it, a fresh state doesn't."];
  if (verdict === "supported" && process !== "supported") {
    return [
      "A fresh context with a fresh state cures it; which of the two does can't be told yet.",
    ];
  }
  if (process === "supported") {
    const rest = {
      supported: ", whose memory grows: that is the memory's (H3)",
      refuted: ", though its memory doesn't grow",
      undetermined: "; whether its memory grows can't be told yet",
    }[memory];
    return [`Only a fresh process cures it${rest}.`];
  }
  return verdict === "refuted"
    ? ["Neither a fresh state nor a fresh context or process is faster than what is kept."]
    : [];
}
