#!/usr/bin/env node
// What a slot costs in memory, and that it brings no weights along. docs/benchmarks.md says how, and what came out.

import { execFile } from "node:child_process";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { root } from "./support/environment.mjs";
import { describeModel, randomModel } from "./support/models.mjs";
import { Run, round } from "./support/report.mjs";
import { median } from "./support/statistics.mjs";

const HELP = `Usage: node bench/memory.mjs [options]

  --repetitions <n>  of each configuration (default: 3). With fewer than 3 the jobs are cut short, and bounds are not
                     checked: to see that the benchmark runs
  --only <size>      tiny or base (default: both)
  --seed <n>         seed of the audio (default: 1)
  --help
`;

const ADDED = 3;
const ARMS = {
  one: { pools: 1, slots: 1 },
  slots: { pools: 1, slots: 1 + ADDED },
  contexts: { pools: 1 + ADDED, slots: 1 },
};
/** Share of the weights' bytes that an added slot has to be cheaper by than an added context. */
const WEIGHTS_SAVED = 0.9;
const MEASURES = ["rssBytes", "pssBytes", "privateBytes"];

const { values } = parseArgs({
  options: {
    repetitions: { type: "string", default: "3" },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const repetitions = Number(values.repetitions);
const seed = Number(values.seed);
const sizes = values.only === undefined ? ["tiny", "base"] : [values.only];
const valid =
  Number.isInteger(repetitions) &&
  repetitions >= 1 &&
  Number.isInteger(seed) &&
  /^(tiny|base)$/.test(sizes[0]);
if (values.help || !valid) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}
const complete = repetitions >= 3;
/** The whole audio context, and fallbacks with several decoders: they touch what jobs touch of a state. */
const load = complete
  ? { rounds: 1, seconds: 5, options: { maxTokens: 40 } }
  : { rounds: 1, seconds: 5, options: { maxTokens: 4, audioContext: 64 } };

async function measure(model, arm) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    path.join(root, "bench/support/memory-of.mjs"),
    JSON.stringify({ model, ...ARMS[arm], ...load, seed }),
  ]);
  return JSON.parse(stdout);
}

async function measureSize(size, run) {
  const model = randomModel(size);
  const measured = [];
  for (let i = 0; i < repetitions; i++) {
    run.progress(`${size}, repetition ${i + 1} of ${repetitions}`);
    const results = {};
    for (const arm of Object.keys(ARMS)) results[arm] = await measure(model, arm);
    measured.push(results);
  }
  /** Growth per added slot or context, over the repetitions. */
  const growth = (arm, name) => {
    if (measured[0].one[name] === undefined) return undefined;
    const each = measured.map((results) => (results[arm][name] - results.one[name]) / ADDED);
    return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
  };
  const figures = {
    stateBytes: measured[0].slots.stateBytes,
    weightsBytes: measured[0].one.weightsBytes,
  };
  for (const name of MEASURES) {
    figures[name] = {
      ...Object.fromEntries(
        Object.keys(ARMS).map((arm) => [
          arm,
          measured[0].one[name] && median(measured.map((results) => results[arm][name])),
        ]),
      ),
      growthPerSlot: growth("slots", name),
      growthPerContext: growth("contexts", name),
    };
  }
  return { figures, systemInfo: measured[0].one.systemInfo };
}

const mib = (bytes) => (bytes === undefined ? undefined : round(bytes / 2 ** 20, 1));

function rows(size, figures) {
  return MEASURES.map((name) => {
    const { one, slots, contexts, growthPerSlot, growthPerContext } = figures[name];
    return {
      "MiB of": `${size}, ${name.replace("Bytes", "")}`,
      "1 slot": mib(one),
      "4 slots": mib(slots),
      "4 contexts": mib(contexts),
      "added slot": mib(growthPerSlot?.median),
      "state's bytes": mib(figures.stateBytes),
      "added context": mib(growthPerContext?.median),
      weights: mib(figures.weightsBytes),
    };
  });
}

function check(size, { stateBytes, weightsBytes, rssBytes }, bounds) {
  const { growthPerSlot, growthPerContext } = rssBytes;
  bounds.atMost(`${size}: growth per added slot`, growthPerSlot.median, stateBytes);
  bounds.atLeast(
    `${size}: what an added slot is cheaper by than an added context`,
    growthPerContext.median - growthPerSlot.median,
    WEIGHTS_SAVED * weightsBytes,
  );
}

const run = new Run("memory", complete);
const results = {};
for (const size of sizes) {
  const { figures, systemInfo } = await measureSize(size, run);
  results[size] = { model: describeModel(size), ...figures };
  results.systemInfo = systemInfo;
  check(size, figures, run.bounds);
}
console.table(sizes.flatMap((size) => rows(size, results[size])));
run.end({ seed, repetitions, load, ...results });
