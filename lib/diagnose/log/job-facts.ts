import type { LoggedJob } from "../log-diagnosis.js";

/** A job as its lines tell of it, before it is known in which life of a worker it ran. */
export interface JobFacts
  extends Partial<Omit<LoggedJob, "line" | "worker" | "jobIndex" | "totalMs">> {
  readonly line: number;
  readonly audioSeconds: number;
  readonly totalMs: number;
  readonly jobIndex?: number | undefined;
  /** Of a tag. */
  readonly session?: string | undefined;
  /** Of our own lines: what is replaced as one, and counts its jobs. */
  readonly place?: string | undefined;
  readonly slot?: number | undefined;
}
