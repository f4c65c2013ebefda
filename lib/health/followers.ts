import { median } from "simple-statistics";
import type { Decision, Evidence } from "./decision.js";
import type { DetectorState } from "./detector-state.js";
import { jobsEvidence } from "./evidence.js";
import { callFor } from "./resets.js";
import type { Rung } from "./sample.js";
import type { Plan, Suspicion, Unit } from "./unit.js";
import type { Trial, Verification } from "./verification.js";
import * as words from "./words.js";

/** Latest jobs that are looked at for whether another unit is slow as well, and the least level and share. */
const LATEST = 6;
const SLOW = 0.1;
const SLOW_SHARE = 0.5;

/** Units that share what was made anew, or are slow as well. */
export function followers(
  state: DetectorState,
  unit: Unit,
  verification: Verification,
): Decision[] {
  const { suspicion, rung } = verification.trial;
  if (!suspicion.common) return [];
  const decisions: Decision[] = [];
  for (const other of state.units) {
    if (other === unit || other.phase === "resetting" || other.phase === "verifying") continue;
    const plan = state.shared
      ? followShared(state, other, rung, unit.index)
      : followSlow(state, other, verification.trial, unit.index);
    if (plan) decisions.push(callFor(state, other, plan));
  }
  return decisions;
}

/** It has the same context or engine as the canary had: nothing to verify. */
function followShared(state: DetectorState, unit: Unit, rung: Rung, canary: number): Plan {
  const evidence = latestEvidence(state, unit);
  const text = words.follow(unit.index, rung, canary);
  return { rung, cause: "follow", evidence, suspicion: undefined, text };
}

/** After a preventive reset of what all units share. */
export function followPreventive(state: DetectorState): Decision[] {
  const { following } = state;
  if (!following) return [];
  state.following = undefined;
  return state.units
    .filter(({ index, phase }) => index !== following.unit && phase !== "resetting")
    .map((unit) => callFor(state, unit, followShared(state, unit, following.rung, following.unit)));
}

function followSlow(
  state: DetectorState,
  unit: Unit,
  { suspicion, rung }: Trial,
  canary: number,
): Plan | undefined {
  const { control } = state;
  const { channel } = suspicion;
  const jobs = unit.history.slice(-LATEST);
  if (jobs.length < LATEST) return undefined;
  const machine = (order: number) => {
    const level = state.machine.level(order);
    return Number.isNaN(level) ? 0 : level;
  };
  const level = median(jobs.map((job) => control.levelOf(job, channel) - machine(job.order)));
  if (level < Math.max(SLOW, SLOW_SHARE * suspicion.level)) return undefined;
  const before = unit.history.map((job) => ({
    ordinal: job.ordinal,
    level: control.levelOf(job, channel) - machine(job.order),
  }));
  const evidence = latestEvidence(state, unit);
  const text = words.follow(unit.index, rung, canary);
  // Its peers are being reset as well: it is judged by the machine, or else by the baseline alone.
  const own: Suspicion = {
    ...suspicion,
    evidence,
    level,
    before: () => before,
    byMachine: true,
    controlLevel: 0,
    peers: Number.NaN,
  };
  return { rung, cause: "follow", evidence, suspicion: own, text };
}

function latestEvidence(state: DetectorState, unit: Unit): Evidence {
  const jobs = unit.history.slice(-LATEST);
  if (jobs.length === 0) return { effect: 1, z: 0, n: 0, expectedMs: 0, observedMs: 0 };
  const level = median(jobs.map((job) => state.control.levelOf(job, "total")));
  const z = (level * Math.sqrt(jobs.length)) / state.noise.sigma;
  return { effect: Math.exp(level), z, n: jobs.length, ...jobsEvidence(jobs) };
}
