import type { Rung } from "./sample.js";

/** Why a unit is reset. */
export type ResetCause =
  /** It is slow, and its peers and the machine aren't. */
  | "regression"
  /** The rung below didn't help. */
  | "escalation"
  /** All units are slow, and the machine isn't to blame: one is reset to see whether that helps. */
  | "canary"
  /** A canary was cured: the others follow. */
  | "follow"
  /** Before it gets slow, as resets have been verified to cure a creep. */
  | "preventive";

/** The evidence that a decision rests on. */
export interface Evidence {
  /** Slowdown as a factor: 1.5 is half as slow again. */
  readonly effect: number;
  /** Standardised sum of the residuals, and how many jobs they are of. */
  readonly z: number;
  readonly n: number;
  /** Of those jobs, medians in ms: what their work should take, and what it took. */
  readonly expectedMs: number;
  readonly observedMs: number;
}

/** Reset it before its next job, then tell the detector by `wasReset()` or `notReset()`. */
export interface ResetDecision extends Evidence {
  readonly type: "reset";
  readonly unit: number;
  readonly rung: Rung;
  readonly cause: ResetCause;
  readonly text: string;
}

/** Run the canary clip on it, then tell the detector by `confirmed()`: a reset at this rung depends on it. */
export interface ConfirmDecision extends Evidence {
  readonly type: "confirm";
  readonly unit: number;
  readonly rung: Rung;
  readonly text: string;
}

/** Whether a reset helped. `llr`: log likelihood ratio of "not helped" to "helped", over `n` jobs. */
export interface VerifiedDecision {
  readonly type: "verified";
  readonly unit: number;
  readonly rung: Rung;
  readonly helped: boolean;
  readonly llr: number;
  readonly n: number;
  /** The slowdown that the reset was for. */
  readonly effect: number;
  readonly text: string;
}

/** No reset helps. The remaining slowdown is the new normal until it ends or grows. `unit` undefined: of the machine, or all units. */
export interface GaveUpDecision extends Evidence {
  readonly type: "gave-up";
  readonly unit: number | undefined;
  readonly text: string;
}

/** A reset is called for, and has used up its budget. */
export interface BudgetDecision extends Evidence {
  readonly type: "budget";
  readonly unit: number;
  readonly rung: Rung;
  readonly perHour: number;
  readonly text: string;
}

/** A new kind of work: what is expected is learned anew, nothing is reset. */
export interface ReAnchoredDecision extends Evidence {
  readonly type: "re-anchored";
  readonly unit: number;
  readonly text: string;
}

export type Decision =
  | ResetDecision
  | ConfirmDecision
  | VerifiedDecision
  | GaveUpDecision
  | BudgetDecision
  | ReAnchoredDecision;
