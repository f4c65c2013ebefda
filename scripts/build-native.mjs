#!/usr/bin/env node
// Builds the addon from source. `--help` lists the options; docs/building.md tells the rest.

import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ADDON, build, fileOf, TEST_PROGRAMS } from "./native/build.mjs";
import { BuildError } from "./native/build-error.mjs";
import { root } from "./native/paths.mjs";
import { variants } from "./native/variants.mjs";

const HELP = `Usage: node scripts/build-native.mjs [options]

Builds build/Release/steady_whisper.node. Does nothing when no source and no option has changed
since the last build.

  --debug            build-debug/Debug, with assertions and symbols
  --asan             build-asan/Release, with AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan             build-tsan/Release, with ThreadSanitizer (and without OpenMP)
  --unchecked        build-unchecked/Release, for tests only: whisper.cpp gets whatever it is given, and crashes of it
  --faults           build-faults/Release, for tests only: slowdowns and leaks on demand (docs/fault-injection.md)
  --dynamic          build-dynamic/Release, with ggml and its CPU backend in loadable files, as --cuda has them
  --portable         build-portable/Release, for any CPU of this architecture: with all of ggml's CPU variants
  --cuda             build-cuda/Release, with NVIDIA GPUs as loadable backend
  --arch <list>      with --cuda: native (default: the GPUs of this machine) or compute capabilities, such as 90
  --tests            the C++ test program and the parity program too
  --jobs <n>         compilers at a time (default: one per core, fewer where memory is short)
  --force            configure and build even if nothing has changed
  --if-missing       do nothing when the addon exists, whatever its age
  --quiet            one line instead of the compilers' output
  --out <folder>     copy what was built into this folder (for binding.gyp)
  --help

Environment: WHISPER_CPP_DIR (another source tree of whisper.cpp), CC, CXX, STEADY_WERROR=1 (warnings are errors).
The addon of another folder than build/Release is used when STEADY_WHISPER_ADDON holds its path.
`;

async function main() {
  const { values } = parse();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }

  const chosen = ["debug", "asan", "tsan", "unchecked", "faults", "dynamic", "portable", "cuda"].filter((name) => values[name]);
  if (chosen.length > 1) {
    throw new BuildError(`choose one of ${chosen.map((name) => `--${name}`).join(", ")}`);
  }
  const name = chosen[0] ?? "release";
  if (values.arch !== undefined && name !== "cuda") {
    throw new BuildError("--arch is for --cuda: other builds are always for this machine's CPU");
  }
  const jobs = values.jobs === undefined ? undefined : Number(values.jobs);
  if (jobs !== undefined && !(Number.isInteger(jobs) && jobs > 0)) {
    throw new BuildError(`--jobs must be a whole number above 0; received "${values.jobs}"`);
  }

  const variant = variants[name];
  // node-gyp writes a Makefile of its own into build/: CMake has to work elsewhere.
  const folder = values.out === undefined ? variant.folder : `${variant.folder}-gyp`;
  const addon = path.join(root, folder, variant.config, fileOf(ADDON));
  if (values["if-missing"] && existsSync(addon)) return;

  const started = performance.now();
  const { outputDir, built } = await build({
    variant: name,
    folder,
    targets: values.tests ? [ADDON, ...TEST_PROGRAMS] : [ADDON],
    tests: values.tests,
    werror: ["1", "true"].includes(process.env.STEADY_WERROR ?? ""),
    arch: values.arch,
    jobs,
    force: values.force,
    quiet: values.quiet,
  });

  if (values.out !== undefined) {
    mkdirSync(values.out, { recursive: true });
    for (const file of readdirSync(outputDir)) {
      if (/\.(node|so|dylib|dll)$/.test(file)) {
        copyFileSync(path.join(outputDir, file), path.join(values.out, file));
      }
    }
  }

  if (values.quiet) return;
  const file = path.relative(process.cwd(), addon);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(built ? `${file}: built in ${seconds} s` : `${file}: up to date`);
  if (name !== "release") console.log(`To use it: export STEADY_WHISPER_ADDON=${addon}`);
}

function parse() {
  try {
    return parseArgs({
      options: {
        debug: { type: "boolean", default: false },
        asan: { type: "boolean", default: false },
        tsan: { type: "boolean", default: false },
        unchecked: { type: "boolean", default: false },
        faults: { type: "boolean", default: false },
        dynamic: { type: "boolean", default: false },
        portable: { type: "boolean", default: false },
        cuda: { type: "boolean", default: false },
        arch: { type: "string" },
        tests: { type: "boolean", default: false },
        jobs: { type: "string" },
        force: { type: "boolean", default: false },
        "if-missing": { type: "boolean", default: false },
        quiet: { type: "boolean", default: false },
        out: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new BuildError(`${error.message}\nRun with --help for the options.`);
  }
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
