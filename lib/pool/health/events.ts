import type { Rung } from "../../engine/engine.js";
import type { Evidence, ResetCause } from "../../health/decision.js";

/** A slot has become slower than its work explains, and neither its peers nor the machine have: it is being reset. */
export interface RegressionReport extends Evidence {
  readonly slot: number;
  /** What is replaced because of it. */
  readonly rung: Rung;
  readonly cause: Exclude<ResetCause, "preventive">;
  /** The same in words. */
  readonly text: string;
}

/** Whether a reset has helped, judged by the jobs that came after it. */
export interface VerifiedReport {
  readonly slot: number;
  readonly rung: Rung;
  readonly helped: boolean;
  /** The slowdown that it was to cure, as a factor. */
  readonly effect: number;
  /** Log-likelihood ratio of "it didn't help" against "it helped", and the number of jobs that it is of. */
  readonly llr: number;
  readonly n: number;
  readonly text: string;
}

/** No reset helps: the slowdown is taken for normal until it ends, or grows. */
export interface GaveUpReport extends Evidence {
  /** Undefined: all slots are slow alike. */
  readonly slot: number | undefined;
  readonly text: string;
}

/** A reset was called for that would be one too many in this hour. */
export interface BudgetReport extends Evidence {
  readonly slot: number;
  readonly rung: Rung;
  readonly perHour: number;
  readonly text: string;
}
