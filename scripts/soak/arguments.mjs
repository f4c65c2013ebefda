// The command line of the soak.

import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../bench/support/environment.mjs";
import { readJournal } from "./journal.mjs";

export const HELP = `Usage: npm run soak -- [options]

  --jobs <n>        jobs in all (default: 3000). The slopes are judged from 1000 on, results always
  --isolation <i>   thread or process (default: thread)
  --slots <n>       of the pool, 1 to 64 (default: 2)
  --crashes <n>     kill the engine's process once in so many jobs on average, 0: never (default: 60); isolation process only
  --seed <n>        of everything random (default: 1)
  --out <file>      a line of JSON for each job and disturbance (default: build/soak/<isolation>.jsonl); begun anew
  --resume <file>   go on with what an interrupted run has written; all but --jobs is as it was
  --help

Ctrl-C ends it, with figures of what is there.
`;

const DEFAULTS = { jobs: 3000, isolation: "thread", slots: 2, crashes: 60, seed: 1 };

/**
 * The settings, with the lines of the journal that is resumed (none for a new one). Undefined: help was asked for.
 * @throws {Error} with a message for the user
 */
export function settingsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { type: "string" }])),
      out: { type: "string" },
      resume: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { help, resume, out, ...given } = values;
  if (help) return undefined;
  const own = numbers(given);
  if (resume === undefined) {
    const settings = { ...DEFAULTS, ...own };
    const file = out ?? path.join(root, `build/soak/${settings.isolation}.jsonl`);
    return { ...checked(settings), file: path.resolve(file), earlier: [] };
  }
  if (out !== undefined || Object.keys(own).some((name) => name !== "jobs")) {
    throw new Error("with --resume only --jobs can be given: everything else is in the file");
  }
  if (!existsSync(resume)) throw new Error(`--resume: there is no ${resume}`);
  const earlier = readJournal(resume);
  const first = earlier.find(({ kind }) => kind === "run");
  if (!first) throw new Error(`--resume: ${resume} was not written by a soak`);
  return { ...checked({ ...first.settings, ...own }), file: path.resolve(resume), earlier };
}

function numbers(given) {
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, name === "isolation" ? text : Number(text)]),
  );
}

function checked(settings) {
  const { jobs, isolation, slots, crashes, seed } = settings;
  const whole = (name, value, least, most) => {
    if (Number.isInteger(value) && least <= value && value <= most) return;
    throw new Error(`--${name} must be a whole number from ${least} to ${most}`);
  };
  whole("jobs", jobs, 1, 1e7);
  whole("slots", slots, 1, 64);
  whole("crashes", crashes, 0, 1e7);
  whole("seed", seed, 0, 2 ** 32 - 1);
  if (isolation !== "thread" && isolation !== "process") {
    throw new Error("--isolation must be thread or process");
  }
  return settings;
}
