import type { WhisperError } from "../errors.js";
import type { CrashReport } from "./crash-report.js";
import type { Trend } from "./growth-trend.js";
import type {
  BudgetReport,
  GaveUpReport,
  RegressionReport,
  VerifiedReport,
} from "./health/events.js";
import type { JobReport } from "./job-report.js";
import type { RecycleReport } from "./recycle-report.js";

/** Memory that grows with the number of jobs: a leak, of this process or of what it hosts. */
export interface GrowthReport extends Trend {
  /** Resident memory of the process, or used memory of the GPU. */
  readonly memory: "rss" | "gpu";
  /** Generation of the context that the last of the jobs ran on. The jobs may have run on several. */
  readonly generation: number;
  /** As of the last job, in bytes. */
  readonly bytes: number;
}

/** Events of a pool, with the arguments of their listeners. */
export interface PoolEvents {
  /** A job has ended, whatever way. Comes after its promise has settled. */
  job: [report: JobReport];
  /** Something was replaced, or should have been. */
  recycle: [report: RecycleReport];
  /** An engine's process has died; isolation "process" only. */
  crash: [report: CrashReport];
  /** Memory grows significantly over the jobs. */
  growth: [report: GrowthReport];
  /** A slot has become slow, and is being reset; with `health` only, as the next three. */
  regression: [report: RegressionReport];
  /** Whether such a reset has helped. */
  verified: [report: VerifiedReport];
  /** No reset helps. */
  "gave-up": [report: GaveUpReport];
  /** There have been too many resets for one more. */
  budget: [report: BudgetReport];
  /** The pool has lost its last context, or engine, and can't make another: all jobs are rejected. */
  failed: [error: WhisperError];
}
