// What a soak came to.

import { mulberry32, quantile } from "../../bench/support/statistics.mjs";
import { engineGrowth, hostGrowth } from "./growth.mjs";
import { controlRange, latencySlopes } from "./latency.mjs";
import { runsOf } from "./runs.mjs";

/** Counts and figures of all lines of a journal. */
export function summaryOf(lines, { isolation, seed }) {
  const random = mulberry32(seed);
  const runs = runsOf(lines);
  const jobs = runs.flatMap((run) => run.jobs);
  const disturbances = runs.flatMap((run) => run.disturbances);
  const problems = [...jobs, ...disturbances].filter(({ problem }) => problem);
  const problem = (name) => problems.filter((line) => line.problem === name).length;
  return {
    jobs: jobs.length,
    runs: runs.length,
    outcomes: counts(jobs.map(({ outcome, code }) => (code ? `${outcome} ${code}` : outcome))),
    disturbances: counts(disturbances.map(nameOf)),
    interruptions: jobs.reduce((sum, { interruptions = 0 }) => sum + interruptions, 0),
    lost: problem("lost"),
    duplicates: problem("duplicate"),
    wrong: problem("wrong"),
    unexpected: problem("unexpected") + problem("failed"),
    problems: problems.slice(0, 20),
    inconsistencies: runs.flatMap((run) => run.wrong),
    latency: latencySlopes(lines, random),
    control: controlRange(lines),
    hostRss: hostGrowth(lines, random),
    ...(isolation === "process" && { engineRss: engineGrowth(lines, random) }),
    ...handles(runs.at(-1)?.jobs ?? []),
  };
}

function nameOf({ what, outcome, reason, code, problem }) {
  return [what, reason, outcome, code, problem].filter(Boolean).join(" ");
}

function counts(names) {
  const each = {};
  for (const name of [...names].sort()) each[name] = (each[name] ?? 0) + 1;
  return each;
}

/** Medians over the first and the last quarter of the last run. */
function handles(jobs) {
  const quarter = Math.ceil(jobs.length / 4);
  const ends = (name) =>
    [jobs.slice(0, quarter), jobs.slice(-quarter)].map((some) =>
      quantile(
        some.flatMap((job) => job[name] ?? []),
        0.5,
      ),
    );
  return jobs.at(-1)?.threads ? { threads: ends("threads"), files: ends("files") } : {};
}
