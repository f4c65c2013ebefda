// Whether the detector has decided rightly in a run, by what native code says that it has done to the jobs.

import { suffers } from "./felt.mjs";
import { RUNG_OF } from "./scenarios.mjs";

/** Jobs without a fault after which it is taken for cured. */
const CURED_AFTER = 10;
/** Jobs that may have ended before a reset and are told after it. */
const TOLD_LATE = 3;

/**
 * `right`, or `why` not; `falseResets`: of healthy jobs, `healthyJobs` of them. With a fault also `cured`, whether that was by the
 * rung that it lives in (`exact`), and the jobs from its beginning to the first decision (`delay`) and to the cure.
 *
 * @param {{ name: string, fault?: { lives: string } }} scenario
 */
export function verdictOf({ fault }, { injectedAt, jobs, decisions }) {
  const falseResets = costly(decisions).filter(({ after }) => after < injectedAt).length;
  const calm = { falseResets, healthyJobs: Math.min(injectedAt, jobs.length) };
  const wrong = (why, more) => ({ right: false, why, ...calm, ...more });
  if (!fault) {
    return falseResets > 0 ? wrong("reset without a fault") : { right: true, ...calm };
  }
  const since = decisions.filter(({ after }) => after >= injectedAt);
  const { curedBy, rung, ...about } = courseOf(fault, injectedAt, jobs, since);
  if (about.suffered === 0) return { void: true, ...wrong("no job met the fault", about) };
  if (falseResets > 0) return wrong("reset before the fault", about);
  if (believes(since, jobs)) return wrong("taken for cured", about);
  const why =
    fault.lives === "everywhere" ? whyNotGivenUp(since) : whyNotCured(curedBy, rung, since);
  return why === undefined ? { right: true, ...calm, ...about } : wrong(why, about);
}

function courseOf(fault, injectedAt, jobs, since) {
  const lastIll = jobs.findLastIndex(suffers);
  const ended = jobs.length > lastIll + CURED_AFTER;
  // The last job that suffers tells the slot that was moved last.
  const curedBy = resetsOf(since).find(
    ({ slots, after }) =>
      ended && slots.includes(jobs[lastIll]?.slot) && after > lastIll - TOLD_LATE,
  );
  const rung = curedBy && rungBehind(jobs, lastIll);
  const [first] = since.filter(({ name }) => name === "regression" || name === "recycle");
  return {
    ...{ curedBy, rung },
    suffered: jobs.filter(suffers).length,
    cured: curedBy !== undefined,
    exact: rung !== undefined && rung === RUNG_OF[fault.lives],
    resets: resetsOf(since).map(({ rung }) => rung),
    delay: first && first.after - injectedAt,
    cure: curedBy && lastIll + 1 - injectedAt,
  };
}

/**
 * What a slot was moved to before its next job. Not as the recycle is told: one that follows onto the newest context is told as
 * that, even if the first one made a process for it.
 */
function rungBehind(jobs, index) {
  const before = jobs[index];
  const next = jobs.slice(index + 1).find(({ slot }) => slot === before.slot);
  if (!next) return undefined;
  if (next.engineGeneration !== before.engineGeneration) return "process";
  return next.generation !== before.generation ? "context" : "state";
}

function whyNotCured(curedBy, rung, since) {
  if (since.some(({ name }) => name === "gave-up")) return "given up";
  if (resetsOf(since).length === 0) return "never reset";
  if (!curedBy) return "not cured";
  const later = since.slice(since.indexOf(curedBy) + 1);
  if (costly(later).length > 0) return "reset after the cure";
  const verified = since.findLast((one) => one.name === "verified" && one.rung === rung);
  if (!verified) return "cured, and not verified";
  return verified.helped ? undefined : "cured, and taken for not";
}

function whyNotGivenUp(since) {
  const gaveUp = since.findIndex(({ name }) => name === "gave-up");
  if (gaveUp < 0) return "not given up";
  return costly(since.slice(gaveUp)).length > 0 ? "reset after giving up" : undefined;
}

/** Whether a reset is said to have helped a slot whose jobs go on suffering. */
function believes(since, jobs) {
  return since.some(
    ({ name, helped, slot, after }) =>
      name === "verified" &&
      helped &&
      jobs.slice(after + TOLD_LATE).some((job) => job.slot === slot && suffers(job)),
  );
}

/** Not those that take a slot to where another one is already: nothing is built for them. */
function costly(decisions) {
  return resetsOf(decisions).filter(({ rung, loadMs }) => rung === "state" || loadMs !== 0);
}

function resetsOf(decisions) {
  return decisions.filter(({ name, outcome }) => name === "recycle" && outcome === "done");
}
