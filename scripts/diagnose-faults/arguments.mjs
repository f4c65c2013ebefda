// The command line of the diagnoses with injected faults.

import { parseArgs } from "node:util";
import { share, whole } from "../faults/option-values.mjs";
import { SETTING } from "./setting.mjs";
import { truths } from "./truths.mjs";

const NAMES = truths.map(({ name }) => name);

export const HELP = `Usage: npm run faults:diagnosis -- [options]

Diagnoses the addon while something in it is wrong (docs/fault-injection.md), and says how often the diagnosis is right.

  --runs <n>      of each truth (default: 10), with seeds from --seed on
  --only <names>  some of ${NAMES.join(",")}, with commas between them (default: all)
  --seed <n>      of the first run (default: 1)
  --parallel <n>  1 or 2 runs at the same time (default: 1); each job has one thread
  --blocks <n>    most blocks of a run (default: ${SETTING.maxBlocks}, what the figures are of)
  --least <share> exit status 1 if less than this share of a truth's runs is right (default: 0.7). It is 1 in any case if
                  one is wrong
  --resume        go on: runs in build/diagnose-faults of the same setting and build aren't run again. Default: begin anew
  --json          every run as a line of JSON, instead of the table
  --help

Ctrl-C ends it, with the table of what is there.
`;

/** @throws {Error} with a message for the user */
export function settingsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: "string", default: "10" },
      only: { type: "string", default: NAMES.join(",") },
      seed: { type: "string", default: "1" },
      parallel: { type: "string", default: "1" },
      blocks: { type: "string", default: String(SETTING.maxBlocks) },
      least: { type: "string", default: "0.7" },
      resume: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return {
    truths: chosen(values.only.split(",")),
    runs: whole("runs", values.runs, 1, 1000),
    seed: whole("seed", values.seed, 0, 2 ** 30),
    parallel: whole("parallel", values.parallel, 1, 2),
    setting: { ...SETTING, maxBlocks: whole("blocks", values.blocks, 12, 1000) },
    least: share("least", values.least),
    ...{ resume: values.resume, json: values.json, help: values.help },
  };
}

function chosen(names) {
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: there is no such truth, see --help`);
  }
  return truths.filter(({ name }) => names.includes(name));
}
