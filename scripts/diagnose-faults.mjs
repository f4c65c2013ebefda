#!/usr/bin/env node
// Ageing states and contexts, memory and prompts that grow, and nothing at all, on the real addon: does the diagnosis say which?
// docs/fault-injection.md.

import path from "node:path";
import { root } from "../bench/support/environment.mjs";
import { HELP, settingsOf } from "./diagnose-faults/arguments.mjs";
import { Finished } from "./diagnose-faults/finished.mjs";
import { programHash } from "./diagnose-faults/program.mjs";
import { runOf } from "./diagnose-faults/run.mjs";
import { print, summaryOf, told } from "./diagnose-faults/summary.mjs";
import { verdictOf } from "./diagnose-faults/verdict.mjs";
import { runCommand } from "./faults/command.mjs";

const say = (text) => console.error(`faults:diagnosis: ${text}`);

/** Undefined: `signal` has ended it. */
async function finishedRun(finished, truth, seed, { setting }, signal) {
  const earlier = finished.of(truth, seed);
  if (earlier) return earlier;
  const run = await runOf(truth, { setting, seed, signal });
  if (run.diagnosis.stopped === "interrupted") return undefined;
  finished.add(truth, seed, run);
  return run;
}

async function judge(settings, signal) {
  const { truths, runs, seed, parallel, setting, resume, json, least } = settings;
  const finished = new Finished(path.join(root, "build/diagnose-faults"), {
    ...setting,
    program: programHash(),
  });
  if (!resume) finished.clear();
  const judged = new Map(truths.map(({ name }) => [name, []]));
  // A round of all, then the next: what is interrupted has some of each.
  const waiting = Array.from({ length: runs }, (_, round) =>
    truths.map((truth) => ({ truth, seed: seed + round })),
  ).flat();
  const lane = async () => {
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      const run = await finishedRun(finished, next.truth, next.seed, settings, signal);
      if (!run) return;
      const verdict = verdictOf(next.truth, run.diagnosis.hypotheses);
      judged.get(next.truth.name).push({ ...run, verdict });
      if (json)
        console.log(JSON.stringify({ truth: next.truth.name, seed: next.seed, verdict, ...run }));
      say(`${next.truth.name}, seed ${next.seed}: ${told({ ...run, verdict })}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  const some = [...judged].filter(([, list]) => list.length > 0);
  const summaries = some.map(([name, list]) => summaryOf(name, list));
  if (some.length === 0) say("no run has come to its end");
  else if (!json) print(summaries);
  for (const { truth, runs: all, right, wrong } of summaries) {
    if (wrong > 0) fail(`${truth}: ${wrong} of ${all} runs are wrong`);
    if (right < least * all)
      fail(`${truth}: ${right} of ${all} runs are right, too few for ${least}`);
  }
}

function fail(text) {
  say(text);
  process.exitCode = 1;
}

await runCommand({ help: HELP, settingsOf, run: judge, say });
