import { mean } from "simple-statistics";
import type { Rung } from "../../lib/health/sample.js";
import type { Contender } from "./contender.js";
import type { Fault, Stream } from "./stream.js";

/**
 * Knows the faults: cures a step after its first slow job, recycles a creep at the economic interval, and at the right
 * rung. Not a strict bound. Of resets of a creep, those before a slowdown of 5 % count as false.
 */
export const oracle: Contender = {
  start(stream) {
    const plans = new Map(stream.faults.flatMap((fault) => planOf(fault, stream)));
    const jobs = new Array<number>(stream.units).fill(0);
    return {
      observe({ unit }) {
        const count = (jobs[unit] ?? 0) + 1;
        jobs[unit] = count;
        const plan = plans.get(unit);
        if (!plan?.isDue(count)) return [];
        return [{ type: "reset", unit, rung: plan.rung, cause: "regression" }];
      },
    };
  },
};

interface Plan {
  readonly rung: Rung;
  /** `jobs`: how many the unit has run. Each yes is a reset. */
  isDue(jobs: number): boolean;
}

function planOf(fault: Fault, stream: Stream): [number, Plan][] {
  const { cure, onset, course, recursAfter } = fault;
  if (cure === "none") return [];
  const interval = course === "creep" ? economicInterval(fault, stream.resetMs[cure], stream) : 0;
  let last: number | undefined;
  const isDue = (jobs: number) => {
    if (jobs <= onset) return false;
    const due =
      course === "creep"
        ? jobs - (last ?? onset) >= interval
        : last === undefined || (recursAfter !== undefined && jobs - last > recursAfter);
    if (due) last = jobs;
    return due;
  };
  return [[fault.unit, { rung: cure, isDue }]];
}

/**
 * Jobs between resets at which resets cost as much as the creep: N = sqrt(2 C / (r T)), with a reset's C ms, a creep of r
 * per job, and jobs of T ms (the economic order quantity: Harris 1913).
 */
function economicInterval({ magnitude }: Fault, resetMs: number, { jobs }: Stream): number {
  const jobMs = mean(jobs.map((job) => job.encodeMs + job.decodeMs));
  return Math.max(1, Math.round(Math.sqrt((2 * resetMs) / (magnitude * jobMs))));
}
