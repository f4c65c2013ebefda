// A summary for people, and its goals.

import { allocatorSettings } from "./clean-process.mjs";

const GOALS = { rssBytesPerJob: 20_000, latencyPercent: 1 };
/** Share of the wall time, in percent, that jobs waited for a CPU at most where latencies are judged: beyond it they are others'. */
const MOST_WAITED = 10;
/** Jobs below which slopes know too little to be judged. */
export const LEAST_JUDGED = 1000;

/** Prints it; hands the bounds of all figures that are to be judged to `bounds`. */
export function print(summary, bounds) {
  const { outcomes, disturbances, interruptions, problems, inconsistencies } = summary;
  const runs = summary.runs > 1 ? ` in ${summary.runs} runs` : "";
  console.log(
    `\n${summary.jobs} jobs${runs}; ${interruptions} runs of jobs were cut off by crashes`,
  );
  console.table(outcomes);
  console.table(disturbances);
  for (const { kind, index, work, form, what, problem, detail, message } of problems) {
    const where = kind === "job" ? `job ${index}, ${work} as ${form}` : what;
    console.log(`${problem}: ${where}: ${detail ?? message ?? ""}`);
  }
  for (const text of inconsistencies) console.log(`inconsistent: ${text}`);

  const rows = [];
  for (const name of ["lost", "duplicates", "wrong", "unexpected"]) {
    rows.push(row(name, summary[name], "", "0", summary[name] === 0));
  }
  rows.push(row("inconsistencies", inconsistencies.length, "", "0", inconsistencies.length === 0));
  rows.push(...slopes(summary, summary.jobs >= LEAST_JUDGED, bounds));
  console.table(rows);
  explain(summary);
}

function slopes({ hostRss, engineRss, latency, ...others }, judged, bounds) {
  const kb = (bytes) => (bytes / 1000).toFixed(1);
  const rows = [];
  const memory = (name, figure) => {
    const what = `${name}, KB per job`;
    const goal = GOALS.rssBytesPerJob;
    if (judged) bounds.atMost(what, Number(figure?.upper95) / 1000, goal / 1000);
    if (!figure) return rows.push(row(what, "too few jobs", "", `< ${kb(goal)}`));
    const { slope, lower95, upper95 } = figure;
    const passed = judged ? upper95 < goal : undefined;
    rows.push(row(what, kb(slope), `[${kb(lower95)}, ${kb(upper95)}]`, `< ${kb(goal)}`, passed));
  };
  memory("RSS of this process", hostRss);
  if ("engineRss" in others || engineRss) memory("RSS of engines' processes", engineRss);

  const digits = (value) => value.toFixed(2);
  const speed = (name, figure, goal, quiet = true) => {
    const what = `latency (${name}), % per 1,000 jobs`;
    if (judged && goal !== undefined && quiet) bounds.atMost(what, Number(figure?.upper95), goal);
    const limit = goal === undefined ? "" : `< ${goal}`;
    if (!figure) return rows.push(row(what, "too few jobs", "", limit));
    const { slope, lower95, upper95 } = figure;
    const passed = judged && goal !== undefined && quiet ? upper95 < goal : undefined;
    const own = `[${digits(lower95)}, ${digits(upper95)}]`;
    const told = row(what, digits(slope), own, limit, passed);
    rows.push(quiet ? told : { ...told, result: "machine too busy" });
  };
  const quiet = !(latency?.own.waitedPercent > MOST_WAITED);
  speed("CPU time", latency?.cpu, GOALS.latencyPercent);
  speed("without waits for a CPU", latency?.own, GOALS.latencyPercent, quiet);
  speed("wall", latency?.wall);
  return rows;
}

function row(figure, value, bounds, goal, passed) {
  const result = passed === undefined ? "" : passed ? "pass" : "FAIL";
  return { figure, value, "95 % bounds": bounds, goal, result };
}

function explain({ jobs, latency, control, hostRss, engineRss, threads, files }) {
  const lines = [
    "Each of the two bounds holds with 95 % confidence by itself: 2,000 resamples of blocks of jobs (docs/benchmarks.md).",
    `Allocator: ${allocatorSettings()}`,
  ];
  if (jobs < LEAST_JUDGED) lines.push(`Slopes are judged from ${LEAST_JUDGED} jobs on.`);
  const blocks = [hostRss, engineRss].filter(Boolean).map((one) => one.segments);
  if (hostRss) lines.push(`RSS: blocks of ${hostRss.block} jobs; processes looked at: ${blocks}`);
  if (latency) {
    const { jobs: count, block, residualPercent, shares, waitedPercent } = latency.own;
    lines.push(
      `Latency: ${count} completed jobs, blocks of ${block}; a job differs from its expectation by ` +
        `${residualPercent.toFixed(1)} %; ${signed(shares.disturbed)} % beside a disturbance, ` +
        `${signed(shares.beside)} % beside another job, control^${shares.control.toFixed(2)}; ` +
        `${waitedPercent.toFixed(0)} % of the wall time were waits for a CPU (judged up to ${MOST_WAITED} %)`,
    );
  }
  if (control) {
    const { controls, medianMs, lastThirdToFirst } = control;
    lines.push(
      `Control (the same job in new processes, ${controls} times): ${medianMs.toFixed(1)} ms; ` +
        `the last third took ${lastThirdToFirst.toFixed(3)} of the first`,
    );
  }
  if (threads) lines.push(`Threads, first and last quarter: ${threads}; open files: ${files}`);
  console.log(lines.join("\n"));
}

function signed(value) {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}
