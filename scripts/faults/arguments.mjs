// The command line of the runs with injected faults.

import { parseArgs } from "node:util";
import { share, whole } from "./option-values.mjs";
import { scenarios } from "./scenarios.mjs";

export const HELP = `Usage: npm run faults -- [options]

Runs a pool of two slots whose engines can be made slow (docs/fault-injection.md), and judges what its detector makes of it.

  --scenario <name>  only this one; may be repeated. ${scenarios.map(({ name }) => name).join(", ")}
  --runs <n>         of each scenario (default: 1)
  --jobs <n>         most jobs of a run behind the fault's beginning; without a fault, all (default: the scenario's)
  --seed <n>         of the first run's order of clips; each further run has the next (default: 1)
  --no-health        without a detector, as a control: nothing is decided
  --least <share>    exit status 1 if a smaller share of all runs is decided rightly, 0 to 1
  --cures            nothing but whether each fault is felt, and cured by a recycle of the right rung that is asked for
  --json             every run as a line of JSON, instead of the table
  --help

Ctrl-C ends it, with the table of what is there.
`;

/** @throws {Error} with a message for the user */
export function settingsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: "string", multiple: true },
      runs: { type: "string", default: "1" },
      jobs: { type: "string" },
      seed: { type: "string", default: "1" },
      "no-health": { type: "boolean", default: false },
      least: { type: "string", default: "0" },
      cures: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const jobs = values.jobs === undefined ? undefined : whole("jobs", values.jobs);
  return {
    scenarios: chosen(values.scenario).map((one) => (jobs ? limited(one, jobs) : one)),
    runs: whole("runs", values.runs),
    seed: whole("seed", values.seed),
    health: !values["no-health"],
    least: share("least", values.least),
    ...{ cures: values.cures, json: values.json, help: values.help },
  };
}

function chosen(names) {
  const unknown = names?.find((name) => !scenarios.some((one) => one.name === name));
  if (unknown) throw new Error(`--scenario ${unknown}: there is no such scenario, see --help`);
  return names ? scenarios.filter(({ name }) => names.includes(name)) : scenarios;
}

function limited(scenario, jobs) {
  return scenario.fault ? { ...scenario, jobs } : { ...scenario, healthy: jobs };
}
