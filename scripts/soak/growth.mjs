// Whether memory grows with the number of jobs: slopes of resident memory, of this process and of those that host engines.

import { slopeBound } from "../../bench/support/slope.mjs";
import { runsOf } from "./runs.mjs";

/**
 * Share of a process's jobs, from the first on, that don't count, and the least number of them: buffers grow to the size of
 * the largest job, and the allocator's free blocks to what goes on at the same time.
 */
const SETTLE = 0.25;
const LEAST_SETTLE = 150;
/** Two to three generations of a context, whose jobs are alike. */
const BLOCK = 60;
/** Shorter lives of a process tell nothing. */
const LEAST = 3 * BLOCK;

/** In bytes per job. Undefined: no process lived long enough. */
export function hostGrowth(lines, random) {
  return growth(
    runsOf(lines).map(({ jobs }) => series(jobs, "hostRssBytes")),
    random,
  );
}

/** The same of the engines' processes, each a life of its own. */
export function engineGrowth(lines, random) {
  const lives = runsOf(lines).flatMap(({ jobs }) => {
    return livesOf(jobs);
  });
  return growth(
    lives.map((jobs) => series(jobs, "engineRssBytes")),
    random,
  );
}

function growth(all, random) {
  const settled = all.map(withoutStart).filter(({ length }) => length >= LEAST);
  return settled.length > 0 ? { ...slopeBound(settled, BLOCK, random), block: BLOCK } : undefined;
}

/** `at` counts all jobs that the process saw, also those without a figure. */
function series(jobs, name) {
  return jobs.flatMap((job, at) => (job[name] === undefined ? [] : { at, value: job[name] }));
}

/** The jobs of each engine that had some. */
function livesOf(jobs) {
  const lives = new Map();
  for (const job of jobs) {
    if (job.engine === undefined) continue;
    lives.set(job.engine, [...(lives.get(job.engine) ?? []), job]);
  }
  return [...lives.values()];
}

function withoutStart(points) {
  return points.slice(Math.max(LEAST_SETTLE, Math.ceil(SETTLE * points.length)));
}
