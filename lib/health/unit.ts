import { Budget } from "./budget.js";
import type { Evidence, ResetCause } from "./decision.js";
import type { LevelAt } from "./fault-shape.js";
import type { Channel, Job } from "./job.js";
import type { PerRung } from "./parameters.js";
import type { Rung } from "./sample.js";
import type { Verification } from "./verification.js";

/** A reset that is called for. */
export interface Plan {
  readonly rung: Rung;
  readonly cause: ResetCause;
  readonly evidence: Evidence;
  /** Undefined: nobody needs to know whether it helps. */
  readonly suspicion: Suspicion | undefined;
  readonly text: string;
}

/** A unit found slow. Levels are against the control. */
export interface Suspicion {
  readonly channel: Channel;
  readonly evidence: Evidence;
  /** How slow it is now. */
  readonly level: number;
  /** What the control had of the slowdown, which no reset takes away. */
  readonly controlLevel: number;
  /** Level of the peers; NaN: unknown. */
  readonly peers: number;
  /** All units are slow, and the machine isn't to blame. */
  readonly common: boolean;
  /** The machine's signal says so. */
  readonly byMachine: boolean;
  /** Time lost since the onset in ms. */
  readonly excessMs: number;
  /** The unit's history, for the shape of the fault; worked out only for a reset. */
  readonly before: () => readonly LevelAt[];
}

export type Phase = "warming" | "healthy" | "confirming" | "resetting" | "verifying";

/** What the detector knows of one unit. */
export class Unit {
  readonly index: number;
  readonly budget: Budget;
  phase: Phase = "warming";
  /** Samples seen. */
  jobs = 0;
  /** Jobs after the warm-up, the latest `windowJobs`. */
  history: Job[] = [];
  /** Rung of its latest reset: how long it warms up. A new unit is as after a process reset. */
  lastRung: Rung = "process";
  /** Its first jobs may become anchors. */
  clean = true;
  /** Slowdown that no reset cures, and how often it was given up. */
  readonly absorbed: Record<Channel, number> = { total: 0, decode: 0 };
  gaveUp = 0;
  /** Nothing is reset before this many jobs. */
  holdUntil = 0;
  /** Resets in a row that could not be done, or that a clip had nothing to say for. */
  refusals = 0;
  /** Rung from which the next reset starts, as those below failed, and until which job that counts. */
  carried: Rung | undefined;
  carriedUntil = 0;
  /** Order at which it was last reset. */
  resetOrder = Number.NEGATIVE_INFINITY;
  /** Jobs after a reset at which a preventive one is due. */
  recycleAt: number | undefined;
  plan: Plan | undefined;
  verification: Verification | undefined;

  constructor(index: number, resetsPerHour: PerRung) {
    this.index = index;
    this.budget = new Budget(resetsPerHour);
  }

  get latest(): Job | undefined {
    return this.history.at(-1);
  }

  remember(job: Job, kept: number): void {
    this.history.push(job);
    if (this.history.length > kept) this.history.shift();
  }

  /** Whether some slowdown of it is its normal. */
  get isSlowForGood(): boolean {
    return this.absorbed.total !== 0 || this.absorbed.decode !== 0;
  }

  /** Nothing is under way. */
  settle(): void {
    this.phase = "healthy";
    this.plan = undefined;
    this.verification = undefined;
  }
}
