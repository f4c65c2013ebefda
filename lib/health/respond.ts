import type { Decision } from "./decision.js";
import type { DetectorState } from "./detector-state.js";
import type { Job } from "./job.js";
import { callFor } from "./resets.js";
import type { Rung } from "./sample.js";
import type { Suspect } from "./suspect.js";
import type { Suspicion, Unit } from "./unit.js";
import * as words from "./words.js";

/** During the rest after giving up, only a slowdown that has grown by this level counts. */
const REGROWTH = 0.25;
/** Jobs of new work by its peers from which they are a control for it. */
const TRIED_JOBS = 10;
/** Jobs of each unit that a baseline is learned anew from. */
const RE_ANCHOR_JOBS = 12;

/** What is to be done about a unit that isn't being judged. */
export function respond(state: DetectorState, unit: Unit, job: Job, suspect: Suspect): Decision[] {
  if (isPreventiveDue(unit, job)) return [callPreventive(state, unit, job)];
  const resting = unit.jobs < unit.holdUntil;
  if (resting && !unit.isSlowForGood) return [];
  // A canary's control is left alone.
  if (state.units.some((other) => isCanary(other) && other !== unit)) return [];
  const { parameters, control, noise, units } = state;
  const suspicion = suspect.of(unit, {
    parameters,
    control,
    sigma: noise.sigma,
    units: units.length,
    patience: state.patience,
  });
  if (!suspicion || (resting && suspicion.level < REGROWTH)) return [];
  if (suspicion.common || units.length === 1) {
    const other = common(state, unit, suspicion);
    if (other) return other === "wait" ? [] : [other];
  } else if (isUntried(state, unit, suspicion)) {
    return [];
  }
  const cause =
    unit.carried !== undefined && unit.jobs < unit.carriedUntil
      ? "escalation"
      : suspicion.common
        ? "canary"
        : "regression";
  const rung = cause === "escalation" ? unit.carried! : firstRung(state, suspicion);
  const cost = parameters.costMs[rung] * parameters.spendFactor * 2 ** unit.gaveUp;
  if (suspicion.excessMs < cost) return [];
  const { evidence } = suspicion;
  return [
    callFor(state, unit, {
      rung,
      cause,
      evidence,
      suspicion,
      text: textOf(unit, cause, rung, suspicion),
    }),
  ];
}

/** What all units share may be the work: then the baseline is wrong. Or one of them is being looked at already. */
function common(
  state: DetectorState,
  unit: Unit,
  suspicion: Suspicion,
): Decision | "wait" | undefined {
  const { parameters, units } = state;
  if (
    units.some((other) => other !== unit && other.phase !== "healthy" && other.phase !== "warming")
  )
    return "wait";
  const escalates = unit.carried !== undefined && unit.jobs < unit.carriedUntil;
  const least = parameters.commonLeastJobs;
  if (units.length > 1 && !escalates) {
    if (state.order < state.commonHoldUntil) return "wait";
    if (suspicion.level < parameters.commonEffect) return "wait";
  }
  const jobs = unit.history.slice(-Math.max(least, suspicion.evidence.n));
  if (!isNovel(jobs)) return undefined;
  reAnchor(state);
  return { type: "re-anchored", unit: unit.index, ...suspicion.evidence, text: words.reAnchored() };
}

function isNovel(jobs: readonly Job[]): boolean {
  const { model } = jobs.at(-1)!;
  return model.isNovel(jobs.filter((job) => job.model === model));
}

/** Work that no anchor was like, and that the peers have hardly done yet: it may be what is slow, not the unit. */
function isUntried(state: DetectorState, unit: Unit, { evidence }: Suspicion): boolean {
  if (!isNovel(unit.history.slice(-evidence.n))) return false;
  const { model } = unit.latest!;
  let tried = 0;
  for (const job of state.control.recent) {
    if (job.unit !== unit.index && job.model === model && model.isNovel([job])) tried += 1;
  }
  return tried < TRIED_JOBS;
}

function reAnchor(state: DetectorState): void {
  const jobs = state.units
    .filter(({ phase }) => phase === "healthy")
    .flatMap(({ history }) => history.slice(-RE_ANCHOR_JOBS))
    .sort((a, b) => a.order - b.order);
  for (const model of new Set(jobs.map((job) => job.model))) {
    model.addAll(jobs.filter((job) => job.model === model));
  }
  state.compareAnew();
  state.commonHoldUntil = state.order + state.parameters.holdJobs * state.units.length;
}

function firstRung(state: DetectorState, { common, byMachine }: Suspicion): Rung {
  const { ladders, leastCommonRung } = state;
  if (!common) return ladders.own.first();
  // Without the machine's signal the test has to be the decisive one: it is made once.
  return byMachine ? ladders.common.first(leastCommonRung) : ladders.common.top;
}

function isCanary({ verification, plan }: Unit): boolean {
  const trial = verification ?? plan;
  return trial?.suspicion?.common === true && trial.cause !== "follow";
}

function isPreventiveDue(unit: Unit, job: Job): boolean {
  return unit.recycleAt !== undefined && job.sinceReset + 1 >= unit.recycleAt;
}

function callPreventive(state: DetectorState, unit: Unit, { sinceReset }: Job): Decision {
  const jobs = sinceReset + 1;
  const rung = state.preventive.rung!;
  state.preventive.used();
  const text = words.preventive(unit.index, rung, jobs, state.preventive.creep);
  const evidence = {
    effect: 1,
    z: 0,
    n: 0,
    expectedMs: state.meanJobMs,
    observedMs: state.meanJobMs,
  };
  return callFor(state, unit, { rung, cause: "preventive", evidence, suspicion: undefined, text });
}

function textOf(unit: Unit, cause: string, rung: Rung, { evidence, byMachine }: Suspicion): string {
  if (cause === "canary") return words.canary(unit.index, rung, evidence, byMachine);
  if (cause === "escalation") return words.escalation(unit.index, rung, evidence);
  return words.regression(
    unit.index,
    rung,
    evidence,
    byMachine ? "and the machine isn't" : "and its peers aren't",
  );
}
