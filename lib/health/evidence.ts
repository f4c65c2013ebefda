import { median } from "simple-statistics";
import type { Control } from "./control.js";
import type { Job } from "./job.js";
import type { Unit } from "./unit.js";

/** Time beyond what the jobs' work and their control account for, in ms. */
export function excessMs(unit: Unit, control: Control, jobs: number, controlLevel: number): number {
  const normal = Math.exp(control.absorbed + unit.absorbed.total + controlLevel);
  let sum = 0;
  for (const job of unit.history.slice(-jobs)) {
    sum += Math.max(0, job.totalMs - job.expectedMs * normal);
  }
  return sum;
}

/** Medians of what the jobs should take and took. */
export function jobsEvidence(jobs: readonly Job[]): { expectedMs: number; observedMs: number } {
  return {
    expectedMs: median(jobs.map(({ expectedMs }) => expectedMs)),
    observedMs: median(jobs.map(({ totalMs }) => totalMs)),
  };
}
