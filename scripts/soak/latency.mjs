// Whether jobs become slower with the number of jobs that ran before: the slope of log(actual / expected).
//
// Expected of a job is what its work takes. The same work contains the same windows, passes and tokens every time (the soak
// checks that), so a level for each kind of work is the finest regression on work that there is. On top of it: what else was
// under way, and how long the same job took in a new process at that time (control.mjs), each as far as the data say that it
// matters. Time in which a job's threads were ready but had no CPU is the machine's, not the pool's, and is taken off first
// (`own`). Where there is much of it, what is left is unsteady, too: helper threads wait unseen. The CPU time of the job's
// threads (`cpu`) is steady everywhere, but doesn't see a job that waits for something else.

import { bounds95, circularBlocks } from "../../bench/support/block-bootstrap.mjs";
import { mean, quantile } from "../../bench/support/statistics.mjs";
import { runsOf } from "./runs.mjs";
import { regress } from "./within-regression.mjs";

/** First jobs of a run that don't count. */
const WARM_UP = 50;
/** Two to three generations of a context: what the jobs of one have in common mustn't look like many jobs' opinion. */
const LEAST_BLOCK = 60;
/** Blocks that a series has at most: a machine is busy for minutes at a time. */
const MOST_BLOCKS = 20;
const ALIKE = 0.1;
const JOBS_PER_MEAN = 10;
/** What a crash slows down: the start of another process, in ms. */
const CRASH_MS = 1000;

/** In percent per 1,000 jobs. Undefined: too few jobs. */
export function latencySlopes(lines, random, resamples = 2000) {
  const runs = runsOf(lines);
  const jobs = runs.flatMap((run, which) => observations(run, which));
  if (jobs.length < 2 * LEAST_BLOCK) return undefined;
  const of = (name) => slopeOf(jobs, name, random, resamples);
  return { own: of("ownMs"), cpu: of("cpuMs"), wall: of("wallMs") };
}

/** Of the control itself: what the machine did meanwhile. In percent over the whole soak. */
export function controlRange(lines) {
  const controls = runsOf(lines).flatMap((run) => run.controls.map(({ ownMs }) => ownMs));
  if (controls.length < 4) return undefined;
  const third = Math.ceil(controls.length / 3);
  const [first, last] = [controls.slice(0, third), controls.slice(-third)].map(mean);
  return {
    controls: controls.length,
    medianMs: quantile(controls, 0.5),
    lastThirdToFirst: last / first,
  };
}

function slopeOf(jobs, name, random, resamples) {
  const names = [...new Set(jobs.map(({ group }) => group))];
  const number = new Map(names.map((group, i) => [group, i]));
  const column = (value) => Float64Array.from(jobs, value);
  const data = {
    y: column((job) => Math.log(job[name])),
    columns: [
      column(({ at }) => at / 1000),
      column(({ disturbed }) => disturbed),
      column(({ beside }) => beside),
      column(({ busy }) => busy),
      column((job) => job.control[name]),
    ],
    groups: Uint32Array.from(jobs, ({ group }) => number.get(group)),
    groupCount: names.length,
  };
  const { coefficients, residuals } = regress(data, Uint32Array.from(jobs.keys()));
  const percent = (slope) => 100 * (Math.exp(slope) - 1);
  const block = blockLength(residuals);
  const slopes = Array.from({ length: resamples }, () => {
    const rows = circularBlocks(jobs.length, block, random);
    return percent(regress(data, rows).coefficients[0]);
  });
  const [slope, disturbed, beside, busy, control] = coefficients;
  return {
    ...{ slope: percent(slope), ...bounds95(slopes), jobs: jobs.length, block },
    residualPercent: percent(Math.sqrt(mean(Array.from(residuals, (value) => value ** 2)))),
    shares: {
      ...{ disturbed: percent(disturbed), beside: percent(beside), busy: percent(busy), control },
    },
    waitedPercent: 100 * mean(jobs.map((job) => job.busy)),
  };
}

/** Three times the distance at which means of ten residuals have stopped to be alike, within the limits above. */
function blockLength(residuals) {
  const means = [];
  for (let i = 0; i + JOBS_PER_MEAN <= residuals.length; i += JOBS_PER_MEAN) {
    means.push(mean(Array.from(residuals.subarray(i, i + JOBS_PER_MEAN))));
  }
  const together = (lag) => {
    let sum = 0;
    for (let i = lag; i < means.length; i++) sum += means[i] * means[i - lag];
    return sum / (means.length - lag);
  };
  const most = means.length / 8 / 3;
  let lag = 1;
  while (lag < most && together(lag) / together(0) >= ALIKE) lag++;
  const least = Math.max(LEAST_BLOCK, Math.ceil(residuals.length / MOST_BLOCKS));
  return Math.min(Math.floor(residuals.length / 4), Math.max(least, 3 * lag * JOBS_PER_MEAN));
}

/** What is known of each completed job of a run. */
function observations(run, which) {
  const placed = run.jobs.filter(({ start }) => start !== undefined);
  const disturbances = run.disturbances.map(({ what, start, end }) => {
    return { start, end: what === "crash" ? end + CRASH_MS : end };
  });
  const control = controls(run.controls);
  return placed.flatMap((job, at) => {
    const { start, end, wallMs, runDelayMs = 0 } = job;
    if (at < WARM_UP || !(wallMs > 0) || job.problem) return [];
    // The longest take as long as 50 others.
    const near = placed.slice(at - WARM_UP, at + 50);
    const together = near.reduce((sum, other) => sum + overlap(other, job), 0);
    return {
      ...{ at, wallMs, ownMs: Math.max(0.1, wallMs - runDelayMs), cpuMs: job.cpuMs },
      group: `${which} ${job.work}`,
      busy: runDelayMs / wallMs,
      disturbed: Number(disturbances.some((one) => overlap(one, job) > 0)),
      beside: together / Math.max(1, end - start) - 1,
      control: control((start + end) / 2),
    };
  });
}

function overlap(one, other) {
  return Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
}

/** Logarithms of the control's times at a moment, between the measurements before and after it. */
function controls(measured) {
  const points = measured.map(({ start, end, ownMs, wallMs }) => {
    return {
      at: (start + end) / 2,
      ownMs: Math.log(ownMs),
      cpuMs: Math.log(ownMs),
      wallMs: Math.log(wallMs),
    };
  });
  return (time) => {
    const after = points.find(({ at }) => at >= time) ?? points.at(-1);
    const before = points.findLast(({ at }) => at < time) ?? after;
    if (!after) return { ownMs: 0, cpuMs: 0, wallMs: 0 };
    const share = after === before ? 0 : Math.min(1, (time - before.at) / (after.at - before.at));
    const between = (name) => before[name] + share * (after[name] - before[name]);
    return { ownMs: between("ownMs"), cpuMs: between("cpuMs"), wallMs: between("wallMs") };
  };
}
