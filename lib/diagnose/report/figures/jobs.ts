import type { Arm } from "../../arms.js";
import type { Diagnosis } from "../../diagnosis.js";

/** A job that counts, as the charts show it. */
export interface JudgedJob {
  readonly seq: number;
  readonly arm: Arm;
  readonly clip: string;
  readonly age: number;
  readonly audioSeconds: number;
  /** Without waits for a processor, in ms. */
  readonly ownMs: number;
  /** Time over what its work should take, whole job. */
  readonly residual: number;
}

export function judgedJobs({ measurements, residuals }: Diagnosis): JudgedJob[] {
  const bySeq = new Map(residuals.map(({ seq, total }) => [seq, total]));
  const jobs: JudgedJob[] = [];
  for (const { seq, arm, clip, age, audioSeconds, wallMs, shareAtWork = 1 } of measurements) {
    const residual = bySeq.get(seq);
    if (residual === undefined || !Number.isFinite(residual)) continue;
    jobs.push({ seq, arm, clip, age, audioSeconds, ownMs: wallMs * shareAtWork, residual });
  }
  return jobs;
}
