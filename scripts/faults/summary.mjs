// What all runs of a scenario came to.

import { median } from "../../bench/support/statistics.mjs";

/** `runs`: each with its `verdict`. Those that no job met the fault in count as none. */
export function summaryOf(name, runs) {
  const counted = runs.filter(({ verdict }) => !verdict.void);
  const verdicts = counted.map(({ verdict }) => verdict);
  const sum = (value) => verdicts.reduce((total, verdict) => total + (value(verdict) ?? 0), 0);
  return {
    scenario: name,
    runs: counted.length,
    void: runs.length - counted.length,
    right: sum(({ right }) => Number(right)),
    exact: sum(({ exact }) => Number(exact ?? false)),
    felt: typical(counted.map(({ felt }) => felt)),
    delay: typical(verdicts.map(({ delay }) => delay)),
    cure: typical(verdicts.map(({ cure }) => cure)),
    falseResets: sum(({ falseResets }) => falseResets),
    healthyJobs: sum(({ healthyJobs }) => healthyJobs),
    disturbed: counted.reduce((total, { disturbed }) => total + disturbed, 0),
    why: counts(verdicts.map(({ why }) => why).filter(Boolean)),
    minutes: runs.reduce((total, { minutes }) => total + minutes, 0),
  };
}

export function print(summaries) {
  console.table(
    summaries.map((one) => ({
      scenario: one.scenario,
      right: `${one.right} of ${one.runs}`,
      "own rung": one.exact,
      felt: one.felt === undefined ? "" : `x${one.felt.toFixed(2)}`,
      "delay, jobs": one.delay ?? "",
      "cure, jobs": one.cure ?? "",
      "false resets": `${one.falseResets} in ${one.healthyJobs} jobs`,
      wrong: Object.entries(one.why)
        .map(([why, count]) => `${why}: ${count}`)
        .join("; "),
      minutes: Number(one.minutes.toFixed(1)),
    })),
  );
  const disturbed = summaries.reduce((total, one) => total + one.disturbed, 0);
  if (disturbed > 0)
    console.log(`${disturbed} jobs ended beside programs that kept all cores busy`);
}

/** The median of those that there are; undefined: none. */
function typical(values) {
  const known = values.filter(Number.isFinite);
  return known.length > 0 ? median(known) : undefined;
}

function counts(names) {
  const each = {};
  for (const name of names.sort()) each[name] = (each[name] ?? 0) + 1;
  return each;
}
