import type { BudgetDecision, ConfirmDecision, ResetDecision } from "./decision.js";
import type { DetectorState } from "./detector-state.js";
import type { Rung } from "./sample.js";
import type { Plan, Suspicion, Unit } from "./unit.js";
import { type Experience, Verification } from "./verification.js";
import * as words from "./words.js";

/** Calls for a reset; after a canary clip where one is asked for; never beyond the budget. */
export function callFor(
  state: DetectorState,
  unit: Unit,
  plan: Plan,
): ResetDecision | ConfirmDecision | BudgetDecision {
  const { parameters } = state;
  const { rung, evidence, suspicion } = plan;
  const { index } = unit;
  const atMs = unit.latest?.atMs ?? 0;
  if (suspicion && !unit.budget.allows(rung, atMs)) {
    const perHour = parameters.resetsPerHour[rung];
    unit.settle();
    unit.holdUntil = unit.jobs + parameters.holdJobs;
    const text = words.overBudget(index, rung, perHour);
    return { type: "budget", unit: index, rung, perHour, ...evidence, text };
  }
  unit.plan = plan;
  if (parameters.confirm && suspicion && plan.cause !== "follow" && rung !== "state") {
    unit.phase = "confirming";
    const text = words.confirm(index, rung, evidence);
    return { type: "confirm", unit: index, rung, ...evidence, text };
  }
  return demand(unit, plan);
}

/** The reset itself; until it has taken effect, the unit's jobs are as the slow ones before. */
export function demand(unit: Unit, plan: Plan): ResetDecision {
  const { rung, cause, evidence, text } = plan;
  unit.phase = "resetting";
  return { type: "reset", unit: unit.index, rung, cause, ...evidence, text };
}

/** The reset that was asked for has taken effect. */
export function taken(state: DetectorState, unit: Unit, rung: Rung): void {
  const { plan } = unit;
  const suspicion = plan?.suspicion;
  const atMs = unit.latest?.atMs ?? 0;
  unit.settle();
  unit.refusals = 0;
  unit.lastRung = rung;
  unit.resetOrder = state.order;
  if (suspicion) {
    unit.budget.spend(rung, atMs);
    unit.phase = "verifying";
    unit.clean = false;
    unit.recycleAt = undefined;
    const { noise, order, units, parameters } = state;
    const age = (unit.latest?.sinceReset ?? 0) + 1;
    const trial = { rung, cause: plan.cause, suspicion, age, order, units: units.length };
    const known = experience(state, rung, suspicion);
    unit.verification = new Verification(trial, noise.sigma, known, parameters);
    // The slow jobs are no control for others; the unit itself goes on from them if the reset doesn't help.
    if (!suspicion.common) for (const job of unit.history) job.tainted = true;
    return;
  }
  unit.history = [];
  unit.clean = true;
  if (plan?.cause === "preventive" && state.shared && rung !== "state") {
    state.following = { unit: unit.index, rung };
  }
  state.planRecycle(unit);
}

function experience(state: DetectorState, rung: Rung, { common }: Suspicion): Experience {
  const ladder = common ? state.ladders.common : state.ladders.own;
  const { cures, creep } = state.preventive;
  return { odds: ladder.oddsAgainst(rung), creep: cures.length > 0 ? creep : 0 };
}

/** Somebody else has reset it, so that whatever was under way says nothing any more. */
export function replaced(state: DetectorState, unit: Unit, rung: Rung): void {
  unit.settle();
  unit.phase = "warming";
  unit.refusals = 0;
  unit.lastRung = rung;
  unit.resetOrder = state.order;
  unit.history = [];
  unit.clean = false;
  unit.carried = undefined;
  unit.holdUntil = 0;
  state.planRecycle(unit);
}
