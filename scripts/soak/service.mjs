// The pool and what goes on around it: lanes that run the jobs, each verdict and figure written down.

import { setTimeout } from "node:timers/promises";
import { WhisperPool } from "../../dist/index.js";
import { Control } from "./control.mjs";
import { Disturbances } from "./disturbances.mjs";
import { runJob } from "./job.mjs";
import { figuresOf, Reports } from "./place.mjs";
import { planOf } from "./plan.mjs";
import { verdictOf } from "./verdict.mjs";

/** Jobs on one context before the pool replaces it by itself. */
const MAX_JOBS = 25;
/** Jobs that wait while all slots have one. */
const WAITING = 3;
/** Jobs between two controls. */
const CONTROL_EVERY = 50;

/**
 * Runs the jobs with these numbers, until `signal` aborts; writes a line for each. Resolves with what is wrong beyond
 * single jobs: an array of texts.
 */
export async function serve(indexes, settings, works, write, signal) {
  const pool = await WhisperPool.create({
    ...{ backend: "cpu", slots: settings.slots, threadsPerSlot: 1, isolation: settings.isolation },
    recycle: { maxJobs: MAX_JOBS },
  });
  const failure = new AbortController();
  pool.on("failed", (error) => failure.abort(error));
  const disturbances = new Disturbances(pool, settings.slots, write);
  const control = new Control(write);
  const reports = new Reports(pool);
  const settled = {};
  let unreported = 0;

  const run = async (index) => {
    const plan = planOf(index, settings, works);
    if (index % CONTROL_EVERY === 0) control.begin();
    disturbances.begin(plan);
    const running = runJob(pool, plan);
    const reported = reports.of(index, running);
    const end = await running;
    const report = await reported;
    if (signal.aborted) return; // it may have been ended by that
    settled[end.status] = (settled[end.status] ?? 0) + 1;
    if (!report) unreported += 1;
    const about = { kind: "job", index, work: plan.work.name, form: plan.form };
    const figures = report && figuresOf(report, end.submittedAt);
    const kills = disturbances.killedSince(end.submittedAt);
    write({ ...about, outcome: end.status, ...figures, ...verdictOf(plan, end, kills) });
  };
  const lane = async () => {
    for (let next = indexes.shift(); next !== undefined; next = indexes.shift()) {
      if (signal.aborted || failure.signal.aborted) return;
      await run(next);
    }
  };
  const lanes = Promise.all(Array.from({ length: settings.slots + WAITING }, lane));
  signal.addEventListener("abort", () => pool.close(), { once: true });
  await lanes;

  const wrong = [];
  if (failure.signal.aborted) wrong.push(`the pool has failed: ${failure.signal.reason.message}`);
  if (!signal.aborted && !failure.signal.aborted) {
    await disturbances.quiet();
    await quiet(pool);
    const { accepted, outcomes } = pool.stats().counters;
    const count = Object.values(settled).reduce((a, b) => a + b, 0);
    const same = Object.keys(outcomes).every((name) => outcomes[name] === (settled[name] ?? 0));
    if (accepted !== count || !same) {
      const told = JSON.stringify({ accepted, ...outcomes });
      wrong.push(
        `the pool's counters ${told} differ from what settled, ${JSON.stringify(settled)}`,
      );
    }
  }
  await control.quiet();
  await pool.drain();
  if (unreported > 0) wrong.push(`${unreported} jobs had no report`);
  if (reports.surplus > 0) wrong.push(`${reports.surplus} reports too many`);
  return wrong;
}

/** A recycle that is under way would be ended by the pool's end, and told as one that was. */
async function quiet(pool) {
  for (let times = 0; times < 5; times++) {
    await setTimeout(100);
    if (pool.stats().generations.length > 1) times = 0;
  }
}
