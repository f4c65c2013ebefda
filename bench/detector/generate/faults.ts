import { RUNGS } from "../../../lib/health/sample.js";
import type { FaultPlan } from "../scenarios.js";
import type { Fault } from "../stream.js";
import type { Random } from "./random.js";

/** How likely each rung is what cures a fault, from the lowest. */
const CURE_WEIGHTS: readonly number[] = [0.5, 0.3, 0.2];
/** The largest factor of a creep. */
const CAP = 4;

/** Faults of a pool of `units`; those of several units have the same cure and are slow in the same phase. */
export function drawFaults(random: Random, units: number, plan: FaultPlan): Fault[] {
  const cure = drawCure(random, plan.cure);
  const phase = random.choice(["decode", "both"] as const, [1, 1]);
  const slow =
    plan.units === "all"
      ? Array.from({ length: units }, (_, unit) => unit)
      : [random.integer(0, units)];
  const together = drawOnset(random, units);
  const onsetOf = () => {
    if (plan.onset === "start") return 0;
    return plan.onset === "together" ? together : drawOnset(random, units);
  };
  return slow.map((unit) => ({
    unit,
    onset: onsetOf(),
    course: plan.course,
    magnitude: plan.magnitude,
    cap: CAP,
    phase,
    cure,
    recursAfter: plan.recursAfter,
  }));
}

function drawCure(random: Random, cure: FaultPlan["cure"]): Fault["cure"] {
  if (cure === "none") return "none";
  const rungs = cure ?? RUNGS;
  return random.choice(
    rungs,
    rungs.map((rung) => CURE_WEIGHTS[RUNGS.indexOf(rung)] as number),
  );
}

/** Jobs of a unit before the fault; a unit alone gets more jobs. */
function drawOnset(random: Random, units: number): number {
  return random.integer(25, units > 1 ? 56 : 100);
}
