#!/usr/bin/env node
// Slowdowns on the real addon, in a state, a context, an engine, and everywhere: does the pool's detector find them, cure
// them by the right reset, and leave alone what no reset cures, and a machine that is only busy? docs/fault-injection.md.

import { HELP, settingsOf } from "./faults/arguments.mjs";
import { runCommand } from "./faults/command.mjs";
import { feltAndCured, told } from "./faults/cures.mjs";
import { slowdown, suffers } from "./faults/felt.mjs";
import { runScenario } from "./faults/scenario-run.mjs";
import { print, summaryOf } from "./faults/summary.mjs";
import { verdictOf } from "./faults/verdict.mjs";

/** Jobs of each phase with `--cures`. */
const CURES_JOBS = 16;

const say = (text) => console.error(`faults: ${text}`);

async function cures({ scenarios, json }, signal) {
  for (const { name, fault } of scenarios) {
    if (!fault || signal.aborted) continue;
    const { jobs: _, ...figures } = await feltAndCured(fault, CURES_JOBS);
    console.log(
      json ? JSON.stringify({ scenario: name, ...figures }) : `${name}: ${told(figures)}`,
    );
  }
}

async function judge({ scenarios, runs, seed, health, json, least }, signal) {
  const done = new Map(scenarios.map(({ name }) => [name, []]));
  // A round of all, then the next: what is interrupted has some of each.
  for (let round = 0; round < runs && !signal.aborted; round++) {
    for (const scenario of scenarios) {
      if (signal.aborted) break;
      const run = await runScenario(scenario, { seed: seed + round, health, signal });
      if (run.interrupted && scenario.fault) break; // else it has healthy jobs that tell something
      const verdict = verdictOf(scenario, run);
      const { jobs, injectedAt, ...short } = run;
      const felt = slowdown(jobs.slice(0, injectedAt), jobs.slice(injectedAt).filter(suffers));
      done.get(scenario.name).push({ ...short, felt, verdict });
      if (json) console.log(JSON.stringify({ ...run, felt, verdict }));
      const end = verdict.right ? "right" : verdict.why;
      say(
        `${scenario.name}, run ${round + 1} of ${runs}: ${end}; ${jobs.length} jobs, ` +
          `${run.minutes.toFixed(1)} minutes`,
      );
    }
  }
  const judged = [...done].filter(([, list]) => list.length > 0);
  const summaries = judged.map(([name, list]) => summaryOf(name, list));
  if (judged.length === 0) say("no run has come to its end");
  else if (!json) print(summaries);
  const total = (key) => summaries.reduce((sum, one) => sum + one[key], 0);
  if (total("right") < least * total("runs") || (least > 0 && total("runs") === 0)) {
    say(`${total("right")} of ${total("runs")} runs were decided rightly, too few for ${least}`);
    process.exitCode = 1;
  }
}

await runCommand({
  help: HELP,
  settingsOf,
  run: (settings, signal) => (settings.cures ? cures : judge)(settings, signal),
  say,
});
