import { LEAST_JUDGED } from "../../pool/health/job-sample.js";
import type { Measurement } from "../measurement.js";

/** A job that counts, with the time that its own work took, without waits for a processor, in ms. */
export interface JudgedJob {
  readonly measurement: Measurement;
  readonly totalMs: number;
  /** All but the encoder's passes. */
  readonly decodeMs: number;
}

export interface JudgedJobs {
  readonly jobs: readonly JudgedJob[];
  /** Jobs left out: most of their time may have been waiting, or they failed. */
  readonly waited: number;
  readonly failed: number;
}

/** Least time in ms that a logarithm is taken of: the clock's own steps. */
export const LEAST_MS = 1e-3;

/** Whether a job may have waited for a processor for most of its time. */
export function hasWaited({ shareAtWork = 1 }: Measurement): boolean {
  return shareAtWork < LEAST_JUDGED;
}

/** Which jobs count. One without a window of audio has done nothing to compare: it counts as failed. */
export function judgedJobs(measurements: readonly Measurement[]): JudgedJobs {
  const jobs: JudgedJob[] = [];
  let waited = 0;
  let failed = 0;
  for (const measurement of measurements) {
    const { wallMs, encodeMs, shareAtWork = 1, windows, error } = measurement;
    if (error !== undefined || !(wallMs > 0) || !(windows >= 1)) {
      failed += 1;
    } else if (hasWaited(measurement)) {
      waited += 1;
    } else {
      const totalMs = Math.max(LEAST_MS, wallMs * shareAtWork);
      const decodeMs = Math.max(LEAST_MS, (wallMs - encodeMs) * shareAtWork);
      jobs.push({ measurement, totalMs, decodeMs });
    }
  }
  return { jobs, waited, failed };
}
