export type { CrashReport } from "./crash-report.js";
export type { GrowthReport, PoolEvents } from "./events.js";
export type { Growth } from "./generation-memory.js";
export type { Trend } from "./growth-trend.js";
export type {
  BudgetReport,
  GaveUpReport,
  RegressionReport,
  VerifiedReport,
} from "./health/events.js";
export type { PoolHealthMemory } from "./health/memory-key.js";
export type { JobMemory, JobPlace, JobReport } from "./job-report.js";
export type { JobOutcome, JobStatus, PoolResult, PoolTiming } from "./job-types.js";
export type {
  JobOptions,
  PoolHealthOptions,
  PoolOptions,
  QueueOptions,
  RecycleOptions,
  ResetPolicy,
} from "./options.js";
export { type DrainOptions, type DrainResult, WhisperPool } from "./pool.js";
export { PoolJob } from "./pool-job.js";
export type { Quantiles } from "./quantiles.js";
export type { RecycleCall } from "./recycle-call.js";
export type { RecycleReason } from "./recycle-policy.js";
export type { RecycleOutcome, RecycleReport } from "./recycle-report.js";
export type { SlotStatus } from "./slot.js";
export type {
  EngineStats,
  GenerationStats,
  PoolState,
  PoolStats,
  QueueStats,
  SlotStats,
} from "./stats.js";
export type { ResetCosts, ResetMethod } from "./warm-up.js";
