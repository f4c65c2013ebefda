import type { HypothesisId, Verdict } from "../diagnosis.js";
import type { LogFinding } from "../log-diagnosis.js";
import type { VerdictCell } from "./document.js";

export type VerdictWord = Verdict | "no evidence";

/** Something to act on, nothing to act on, something left to find out, or a fact that is neither good nor bad. */
export type Tone = "act" | "fine" | "open" | "note";

/** More than a colour and a word: shapes that are told apart at a glance and in black and white. */
export const SYMBOLS: Readonly<Record<VerdictWord, string>> = {
  supported: "●",
  refuted: "○",
  undetermined: "◐",
  "no evidence": "–",
};

/** What is good news when it is supported; of all the rest that is bad news. */
const GOOD: readonly string[] = ["H0", "cost-follows-work"] satisfies (
  | HypothesisId
  | LogFinding["id"]
)[];
/** Facts that are neither good nor bad: a difference, a way of working. */
const NEUTRAL: readonly string[] = ["H5", "lazy-generator"] satisfies (
  | HypothesisId
  | LogFinding["id"]
)[];

export function toneOf(id: string, verdict: VerdictWord): Tone {
  if (verdict === "undetermined" || verdict === "no evidence") return "open";
  if (NEUTRAL.includes(id)) return verdict === "refuted" ? "fine" : "note";
  return (verdict === "supported") === GOOD.includes(id) ? "fine" : "act";
}

export function verdictCell(id: string, verdict: VerdictWord): VerdictCell {
  return { verdict, tone: toneOf(id, verdict) };
}

const BY_GRAVITY = ["act", "open", "note"] as const satisfies readonly Tone[];

/** What a whole is marked with. */
export function gravest(tones: readonly Tone[]): Tone {
  return BY_GRAVITY.find((tone) => tones.includes(tone)) ?? "fine";
}
