import type { Arm } from "../../lib/diagnose/arms.js";
import type { HypothesisId } from "../../lib/diagnose/diagnosis.js";

/** What is the case in a simulated run. */
export interface Truth {
  /** Hypotheses that are true; all others of H0 to H4 are false. */
  readonly true: readonly HypothesisId[];
  /** The one that a right verdict supports. */
  readonly right: HypothesisId;
  /** Arms that get slower from block to block. */
  readonly ages: readonly Arm[];
  readonly contention: boolean;
  readonly leaks: boolean;
  /** Previous text costs decode time. */
  readonly text: boolean;
}

const NONE = { ages: [], contention: false, leaks: false, text: false } as const;

const STATES: readonly Arm[] = ["kept", "at-once", "slowly"];
/** On a context that is kept. */
const IN_CONTEXT: readonly Arm[] = [...STATES, "fresh-state", "no-previous-text"];
const IN_PROCESS: readonly Arm[] = [...IN_CONTEXT, "fresh-context"];

/** The reference's truths, and one of state that only a process sheds, without a leak. */
export const TRUTHS = {
  H0: { ...NONE, true: ["H0"], right: "H0" },
  "H0+MC": { ...NONE, true: ["H0"], right: "H0", contention: true },
  H1s: { ...NONE, true: ["H1"], right: "H1", ages: STATES },
  H1c: { ...NONE, true: ["H1"], right: "H1", ages: IN_CONTEXT },
  H1p: { ...NONE, true: ["H1"], right: "H1", ages: IN_PROCESS },
  "H1s+MC": { ...NONE, true: ["H1"], right: "H1", ages: STATES, contention: true },
  H2: { ...NONE, true: ["H2"], right: "H2", ages: ["kept", "slowly"] },
  H3: { ...NONE, true: ["H3"], right: "H3", ages: IN_PROCESS, leaks: true },
  H4: { ...NONE, true: ["H0", "H4"], right: "H4", text: true },
} as const satisfies Readonly<Record<string, Truth>>;

export type TruthName = keyof typeof TRUTHS;
