#!/usr/bin/env node
// Fuzzes the native parsers (libFuzzer) and the addon's calls (fast-check), all under AddressSanitizer and
// UndefinedBehaviorSanitizer. See docs/fuzzing.md.
//
//   npm run fuzz -- --seconds 60
//   npm run fuzz -- --only jobs --seed 4711

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { fuzzAddon } from "./fuzz/addon.mjs";
import { fuzzParser } from "./fuzz/parser.mjs";
import { ADDON, build, FUZZ_PROGRAMS, fileOf } from "./native/build.mjs";
import { BuildError } from "./native/build-error.mjs";
import { root } from "./native/paths.mjs";
import { sanitizedAddon } from "./native/sanitized-addon.mjs";

/** Targets, and the share of the time that each gets. */
const PARSERS = { model_file: 1, audio_decode: 2, audio_pcm: 1, grammar: 1, suppress_regex: 1 };
const ADDON_TARGETS = { jobs: 3, binding: 2, histories: 2, models: 1, log: 1 };
const DEFAULT_SEED = 20_260_101;

const HELP = `Usage: node scripts/fuzz.mjs [options]

  --seconds <n>      time for all targets together, builds not counted (default: 60)
  --executions <n>   at least so many executions of each parser, and calls of each target of the addon, however long
                     that takes
  --only <targets>   ${Object.keys({ ...PARSERS, ...ADDON_TARGETS }).join(", ")}; several with commas between them
  --seed <n>         of all targets (default: ${DEFAULT_SEED}, so that runs on unchanged inputs are the same)
  --plain            the addon's targets without sanitizers: many times as fast
  --build-only
`;

async function main() {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      executions: { type: "string", default: "1" },
      only: { type: "string" },
      seed: { type: "string", default: String(DEFAULT_SEED) },
      plain: { type: "boolean", default: false },
      "build-only": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const seconds = wholeNumber("--seconds", values.seconds, 1, 1e6);
  const executions = wholeNumber("--executions", values.executions, 1, 1e9);
  const seed = wholeNumber("--seed", values.seed, 0, 2 ** 31 - 1);
  const targets = chosen(values.only);

  const results = path.join(root, "build/test-results/fuzz.json");
  rmSync(results, { force: true });
  const programs = await builds(targets, values.plain);
  if (values["build-only"]) return;

  const shares = Object.values(targets).reduce((sum, share) => sum + share, 0);
  const ends = [];
  for (const [name, share] of Object.entries(targets)) {
    const run = { name, seed, executions, seconds: Math.max(1, (seconds * share) / shares) };
    const end =
      name in PARSERS
        ? await fuzzParser({ ...run, program: programs.parser(name) })
        : await fuzzAddon({ ...run, addon: programs.addon, asan: !values.plain });
    ends.push({ name, ...end });
    console.log(line(ends.at(-1)));
  }
  const failed = ends.filter(({ failure }) => failure !== undefined);
  mkdirSync(path.dirname(results), { recursive: true });
  writeFileSync(results, `${JSON.stringify(summary(ends, failed), null, 2)}\n`);
  if (failed.length > 0) {
    for (const { name, failure } of failed) console.error(`\n${name}: ${failure}`);
    throw new BuildError(`fuzzing: ${failed.map(({ name }) => name).join(", ")} failed`);
  }
}

/** As scripts/native/test-summary.mjs reads it: a target is a test. */
function summary(ends, failed) {
  return {
    suite: "fuzz",
    passed: ends.length - failed.length,
    failed: failed.length,
    skipped: 0,
    skippedNames: [],
    targets: ends,
  };
}

function line({ name, executions, calls, results, coverage, seconds, failure }) {
  const done =
    calls === undefined
      ? `${executions} executions, ${coverage} edges covered`
      : `${executions} executions, ${calls} calls, ${results} with a result`;
  return `${name}: ${done}, ${seconds.toFixed(0)} s, ${failure === undefined ? "no failure" : "FAILED"}`;
}

function chosen(only) {
  const all = { ...PARSERS, ...ADDON_TARGETS };
  if (only === undefined) return all;
  const names = only.split(",");
  const wrong = names.find((name) => !Object.hasOwn(all, name));
  if (wrong !== undefined) {
    throw new BuildError(
      `--only: there is no target "${wrong}", only ${Object.keys(all).join(", ")}`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

/** Builds what the targets need, and says where it is. */
async function builds(targets, plain) {
  const quiet = !process.env.CI;
  const names = Object.keys(targets);
  let folder;
  if (names.some((name) => name in PARSERS)) {
    ({ outputDir: folder } = await build({
      variant: "fuzz",
      targets: FUZZ_PROGRAMS,
      quiet,
    }));
  }
  let addon;
  if (names.some((name) => name in ADDON_TARGETS)) {
    addon = plain ? await plainAddon(quiet) : await sanitizedAddon("asan");
  }
  return { addon, parser: (name) => path.join(folder, fileOf(`${name}_fuzz`)) };
}

async function plainAddon(quiet) {
  const { outputDir } = await build({ variant: "release", targets: [ADDON], quiet });
  return path.join(outputDir, fileOf(ADDON));
}

function wholeNumber(option, value, least, most) {
  const number = Number(value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new BuildError(
    `${option} must be a whole number from ${least} to ${most}; received "${value}"`,
  );
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
