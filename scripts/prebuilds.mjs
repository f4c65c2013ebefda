#!/usr/bin/env node
// Makes prebuilds/<platform>-<arch>/ for the machine that it runs on: the portable build, put there by prebuildify, and
// checked. See docs/building.md.
//
//   npm run prebuilds -- --glibc-max 2.28

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import prebuildify from "prebuildify";
import { ADDON, build } from "./native/build.mjs";
import { BuildError, failureText } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { COMPANION_FOLDERS, listOutputs } from "./native/outputs.mjs";
import { findWhisperSource, root } from "./native/paths.mjs";
import { parseJobs, variants } from "./native/variants.mjs";
import { sourceOf } from "./package/runtime-source.mjs";
import { checkPrebuild, filesOf } from "./prebuilds/check.mjs";
import { configuredVariants } from "./prebuilds/cpu-variants.mjs";

const HELP = `Usage: node scripts/prebuilds.mjs [options]

Builds for all CPUs of this architecture and puts the stripped files into prebuilds/<platform>-<arch>/, with
requirements.json: what a machine needs that is to load them.

  --glibc-max <version>  fail when they need a newer glibc, for example 2.28
  --out <folder>         where prebuilds/ is made (default: the package's own folder)
  --jobs <n>             compilers at a time
  --quiet                one line instead of the compilers' output
  --help
`;

const PLATFORM = `${process.platform}-${process.arch}`;
const NAME = "steady-whisper";

async function main() {
  const values = parse();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const glibcMax = values["glibc-max"];
  if (glibcMax !== undefined && !/^\d+\.\d+$/.test(glibcMax)) {
    throw new BuildError(`--glibc-max must be a version such as 2.28; received "${glibcMax}"`);
  }

  const { outputDir } = await build({
    variant: "portable",
    targets: [ADDON],
    jobs: values.jobs === undefined ? undefined : parseJobs(values.jobs),
    quiet: values.quiet,
  });
  const libc = COMPANION_FOLDERS.find((folder) => existsSync(path.join(outputDir, folder)));

  // Beside the build, so that nothing half-made or wrong ever lies in prebuilds/.
  const staging = mkdtempSync(path.join(root, variants.portable.folder, "prebuild-"));
  try {
    const prebuild = await stage(staging, outputDir, libc);
    const { problems, ...needs } = checkPrebuild(prebuild, { glibcMax });
    if (problems.length > 0) {
      throw new BuildError(
        ["this build can't be published:", ...problems.map((problem) => `  ${problem}`)].join("\n"),
      );
    }
    const requirements = { ...needs, whisper: whisperVersion(), variants: prebuild.variants };
    writeFileSync(
      path.join(prebuild.folder, "requirements.json"),
      `${JSON.stringify(requirements, null, 2)}\n`,
    );
    const target = path.join(values.out, "prebuilds", PLATFORM);
    replace(target, path.dirname(prebuild.addon), libc);
    report(target, prebuild, requirements);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        "glibc-max": { type: "string" },
        out: { type: "string", default: root },
        jobs: { type: "string" },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new BuildError(`${error.message}\nRun with --help for the options.`);
  }
}

/** Lets prebuildify make `<staging>/prebuilds/`, and adds what it doesn't take: folders. */
async function stage(staging, outputDir, libc) {
  const nodeGyp = fileURLToPath(new URL("prebuilds/node-gyp.mjs", import.meta.url));
  await promisify(prebuildify)({
    cwd: staging,
    cache: path.join(staging, "cache"),
    name: NAME,
    napi: true,
    strip: true,
    ...(libc ? { tagLibc: libc } : {}),
    // Only its headers would be of that version, and node-gyp never fetches them.
    targets: [process.versions.node],
    nodeGyp: process.platform === "win32" ? `"${process.execPath}" "${nodeGyp}"` : nodeGyp,
    quiet: true,
  });

  const folder = path.join(staging, "prebuilds", PLATFORM);
  for (const file of listOutputs(outputDir).filter((name) => name.includes("/"))) {
    const copy = path.join(folder, file);
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(path.join(outputDir, file), copy);
    await strip(copy);
    if (path.basename(file) === "libgomp.so.1") {
      writeFileSync(
        path.join(path.dirname(copy), "libgomp.source.txt"),
        sourceOf(bundledRuntime()),
      );
    }
  }
  return {
    addon: path.join(folder, [NAME, ...(libc ? [libc] : []), "node"].join(".")),
    folder: path.join(folder, libc ?? "."),
    libc,
    variants: configuredVariants(path.join(root, variants.portable.folder)),
  };
}

/** GCC's OpenMP, where the compiler found it on this system. */
function bundledRuntime() {
  const cache = readFileSync(path.join(root, variants.portable.folder, "CMakeCache.txt"), "utf8");
  return cache.match(/^STEADY_BUNDLED_OPENMP:\w+=(.+)$/m)[1];
}

/** Only Linux has companions in a folder. */
async function strip(file) {
  const { code } = await runChild("strip", ["--strip-all", file]);
  if (code !== 0) throw new BuildError(`strip ${file} exited with code ${code}`);
}

/** Those for the other C library, made on another machine, stay. */
function replace(target, made, libc) {
  const old = libc ? [`${NAME}.${libc}.node`, libc] : ["."];
  for (const name of old) rmSync(path.join(target, name), { recursive: true, force: true });
  cpSync(made, target, { recursive: true });
}

function whisperVersion() {
  const lists = readFileSync(path.join(findWhisperSource(), "CMakeLists.txt"), "utf8");
  return lists.match(/^project\("?whisper\.cpp"? +VERSION +([\d.]+)/m)?.[1];
}

function report(target, prebuild, { glibc, glibcxx, whisper }) {
  const files = filesOf(prebuild);
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  console.log(
    `${path.relative(process.cwd(), target)}: ${files.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
  );
  console.log(`  whisper.cpp ${whisper}; CPU variants: ${prebuild.variants.join(", ")}`);
  if (glibc) console.log(`  needs glibc ${glibc} and GLIBCXX_${glibcxx}, or newer`);
}

main().catch((error) => {
  console.error(error instanceof BuildError ? failureText(error) : error);
  process.exitCode = 1;
});
