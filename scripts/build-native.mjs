#!/usr/bin/env node
// Builds the addon from source. `--help` lists the options; docs/building.md tells the rest.

import { existsSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ADDON, build, fileOf, TEST_PROGRAMS } from "./native/build.mjs";
import { BuildError, failureText } from "./native/build-error.mjs";
import { root } from "./native/paths.mjs";
import { GPU_BACKENDS, parseJobs, variants } from "./native/variants.mjs";

const HELP = `Usage: node scripts/build-native.mjs [options]

Builds build/Release/steady_whisper.node for this machine's CPU, and with GPU backends if they are named. Does nothing
when no source and no option has changed since the last build.

  --cuda             with CUDA, for NVIDIA's GPUs, as a loadable file beside the addon
  --vulkan           with Vulkan, in the same way
  --metal            with Metal, in the same way (macOS)
  --arch <list>      for CUDA: native (default: the GPUs of this machine) or compute capabilities, such as 90
  --jobs <n>         compilers at a time (default: one per core, fewer where memory is short)
  --force            configure and build even if nothing has changed
  --if-missing       do nothing when the addon exists, whatever its age
  --quiet            one line instead of the compilers' output
  --help

Other builds, each in a folder of its own (docs/building.md):

  --portable         build-portable/Release, for all CPUs of this architecture: what prebuilds are made of
  --debug            build-debug/Debug, with assertions and symbols
  --asan             build-asan/Release, with AddressSanitizer and UndefinedBehaviorSanitizer
  --tsan             build-tsan/Release, with ThreadSanitizer (and without OpenMP)
  --unchecked        build-unchecked/Release, for tests only: whisper.cpp gets whatever it is given, and crashes of it
  --faults           build-faults/Release, for tests only: slowdowns and leaks on demand (docs/fault-injection.md)
  --gpu-check <backend>  build-cuda/Release, build-vulkan/Release or build-dynamic/Release, with cuda, vulkan or cpu and
                     the C++ tests, for scripts/gpu-check
  --tests            the C++ test program and the parity program too

Environment: WHISPER_CPP_DIR (another source tree of whisper.cpp), CC, CXX, CUDACXX, VULKAN_SDK,
STEADY_WERROR=1 (warnings are errors). The addon of another folder than build/Release is used when
STEADY_WHISPER_ADDON holds its path.

Exit codes: 0 built or up to date, 1 failed, 2 wrong options, 130 after Ctrl-C.
`;

const OTHER_BUILDS = ["portable", "debug", "asan", "tsan", "unchecked", "faults"];
const GPU_CHECKS = ["cuda", "vulkan", "cpu"];

async function main() {
  const { values } = parse();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }

  const { name, backends } = chosen(values);
  const jobs = values.jobs === undefined ? undefined : parseJobs(values.jobs);

  const variant = variants[name];
  const addon = path.join(root, variant.folder, variant.config, fileOf(ADDON));
  if (values["if-missing"] && existsSync(addon)) return;

  const started = performance.now();
  const { built } = await build({
    variant: name,
    backends,
    targets: values.tests ? [ADDON, ...TEST_PROGRAMS] : [ADDON],
    tests: values.tests,
    arch: values.arch,
    jobs,
    force: values.force,
    quiet: values.quiet,
  });

  if (values.quiet) return;
  const file = path.relative(process.cwd(), addon);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(built ? `${file}: built in ${seconds} s` : `${file}: up to date`);
  if (name !== "release") console.log(`To use it: export STEADY_WHISPER_ADDON=${addon}`);
}

/** The variant and the GPU backends that the options name. */
function chosen(values) {
  const others = OTHER_BUILDS.filter((name) => values[name]);
  const checked = values["gpu-check"];
  if (checked !== undefined) {
    if (!GPU_CHECKS.includes(checked)) {
      throw wrongOption(`--gpu-check must be ${GPU_CHECKS.join(", ")}; received "${checked}"`);
    }
    others.push(`gpu-check-${checked}`);
  }
  const backends = Object.keys(GPU_BACKENDS).filter((name) => values[name]);
  if (others.length > 1 || (others.length > 0 && backends.length > 0)) {
    const named = [...others, ...backends].map((name) => `--${name}`).join(", ");
    throw wrongOption(`choose one of ${named}: GPU backends are part of the build without any of the others`);
  }
  for (const name of backends) {
    const { platforms, name: title } = GPU_BACKENDS[name];
    if (!platforms.includes(process.platform)) {
      const instead = process.platform === "darwin" ? "--metal" : "--cuda or --vulkan";
      throw wrongOption(`--${name}: there is no ${title} for ${process.platform}; use ${instead}`);
    }
  }
  if (values.cuda && process.platform === "linux" && !hasGlibc()) {
    throw wrongOption("--cuda: NVIDIA has no CUDA for musl; use --vulkan, or a system with glibc");
  }
  if (values.arch !== undefined && !values.cuda && checked !== "cuda") {
    throw wrongOption("--arch is for --cuda: other builds take this machine's CPU, or all of them");
  }
  return { name: others[0] ?? "release", backends };
}

function hasGlibc() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime !== undefined;
}

function parse() {
  try {
    const flags = [
      ...[...OTHER_BUILDS, ...Object.keys(GPU_BACKENDS)],
      ...["tests", "force", "if-missing", "quiet", "help"],
    ];
    return parseArgs({
      options: {
        ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean", default: false }])),
        arch: { type: "string" },
        jobs: { type: "string" },
        "gpu-check": { type: "string" },
      },
    });
  } catch (error) {
    throw wrongOption(`${error.message}\nRun with --help for the options.`);
  }
}

function wrongOption(message) {
  return new BuildError(message, "ERR_WHISPER_BUILD_OPTION");
}

main().catch((error) => {
  console.error(error instanceof BuildError ? failureText(error) : error);
  process.exitCode = error.code === "ERR_WHISPER_BUILD_OPTION" ? 2 : 1;
});
