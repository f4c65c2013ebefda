import { median } from "simple-statistics";
import type { Decision, GaveUpDecision, VerifiedDecision } from "./decision.js";
import type { DetectorState } from "./detector-state.js";
import { followers } from "./followers.js";
import type { Channel } from "./job.js";
import type { Ladder } from "./ladder.js";
import { shift } from "./normal.js";
import type { Suspicion, Unit } from "./unit.js";
import type { Verdict, Verification } from "./verification.js";
import * as words from "./words.js";

/** Age in jobs that a slowdown is taken to have grown over at least, where its shape is a step. */
const LEAST_AGE = 5;
/** A unit's rung is carried over to its next slowdown for this many jobs: later, it is another one. */
const CARRIED_JOBS = 40;
/** Jobs whose median is the slowdown that remains. */
const REMAINING_JOBS = 12;
/** Anchors aren't taken while the machine is slower by this level. */
const MACHINE_BUSY = 0.1;

/** What follows from a verdict. */
export function conclude(state: DetectorState, unit: Unit, verdict: Verdict): Decision[] {
  const verification = unit.verification!;
  const ladder = verification.suspicion.common ? state.ladders.common : state.ladders.own;
  if (verdict === "helped") return helped(state, unit, verification, ladder);
  if (verdict === "ended") {
    unit.settle();
    unit.history = verification.jobs.slice();
    blame(state, verification.suspicion);
    const text = words.ended(unit.index, verification.trial.rung);
    return [{ ...verified(unit, verification, false), text }];
  }
  return notHelped(state, unit, verification, ladder);
}

function helped(
  state: DetectorState,
  unit: Unit,
  verification: Verification,
  ladder: Ladder,
): Decision[] {
  const { slope, jobs } = verification;
  const { rung, suspicion, age } = verification.trial;
  ladder.helped(rung);
  if (suspicion.common) state.commonCured = true;
  unit.budget.refund(rung);
  // A step that comes back again and again is like a creep that reaches its level at that age.
  const creep = slope > 0 ? slope : (Math.exp(suspicion.level) - 1) / Math.max(LEAST_AGE, age);
  state.preventive.cured({ rung, creep });
  unit.settle();
  unit.history = jobs.slice();
  unit.clean = slope === 0;
  unit.carried = undefined;
  unit.gaveUp = 0;
  unit.holdUntil = 0;
  if (slope === 0) learn(state, verification);
  state.planRecycle(unit);
  return [verified(unit, verification, true), ...followers(state, unit, verification)];
}

/** Jobs after a verified cure are as good a baseline as a new unit's. */
function learn(state: DetectorState, { anchors }: Verification): void {
  let changed = false;
  for (const { job, anchor } of anchors) {
    if (state.control.absorbed !== 0 || state.machine.level(job.order) > MACHINE_BUSY) continue;
    changed = job.model.add(anchor) || changed;
  }
  if (changed) state.compareAnew();
}

function notHelped(
  state: DetectorState,
  unit: Unit,
  verification: Verification,
  ladder: Ladder,
): Decision[] {
  const { rung, suspicion } = verification.trial;
  ladder.failed(rung);
  const note = verified(unit, verification, false);
  const next = ladder.next(rung);
  unit.settle();
  if (next !== undefined) {
    unit.carried = next;
    unit.carriedUntil = unit.jobs + CARRIED_JOBS;
    return [note];
  }
  const { helped: cures, failed } = ladder.score(rung);
  if (!suspicion.common && cures >= failed) {
    unit.carried = undefined; // this rung did help before: keep watching
    return [note];
  }
  return [note, giveUp(state, unit, suspicion)];
}

function giveUp(state: DetectorState, unit: Unit, suspicion: Suspicion): GaveUpDecision {
  const { parameters, units, control } = state;
  const { evidence } = suspicion;
  const remaining = (channel: Channel) => {
    const jobs = unit.history.slice(-REMAINING_JOBS);
    const latest = median(jobs.map((job) => control.levelOf(job, channel)));
    return Math.max(0, latest - suspicion.controlLevel);
  };
  const level = Math.max(parameters.leastEffect, remaining("total"));
  const effect = Math.exp(level);
  unit.carried = undefined;
  blame(state, suspicion);
  if (suspicion.common && units.length > 1) {
    shift(state, level);
    return { type: "gave-up", unit: undefined, ...evidence, effect, text: words.gaveUpAll(effect) };
  }
  unit.holdUntil = unit.jobs + parameters.gaveUpHoldJobs * 2 ** unit.gaveUp;
  unit.gaveUp += 1;
  unit.absorbed.total += level;
  unit.absorbed.decode += Math.max(level, remaining("decode"));
  unit.history = [];
  control.forget(unit.index);
  return {
    type: "gave-up",
    unit: unit.index,
    ...evidence,
    effect,
    text: words.gaveUp(unit.index, effect),
  };
}

/**
 * It was contention, or the like: no canary for a while, and for longer each time; and the machine's signal, which did not
 * see it, isn't trusted meanwhile.
 */
function blame(state: DetectorState, { common, byMachine }: Suspicion): void {
  const { parameters, units, machine } = state;
  if (!common && units.length > 1) return;
  state.commonHoldUntil =
    state.order + parameters.gaveUpHoldJobs * units.length * 2 ** state.commonGaveUp;
  state.commonGaveUp += 1;
  state.commonCured = false;
  if (byMachine) machine.distrust(state.commonHoldUntil);
}

function verified(unit: Unit, { trial, llr, n }: Verification, helped: boolean): VerifiedDecision {
  const { rung, suspicion } = trial;
  const { effect } = suspicion.evidence;
  const say = helped ? words.helped : words.notHelped;
  const text = say(unit.index, rung, effect, n, llr);
  return { type: "verified", unit: unit.index, rung, helped, llr, n, effect, text };
}
