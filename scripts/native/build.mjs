// Configures and builds one variant. Everything that compiles native code goes through here: npm scripts, binding.gyp,
// the test runner.

import { createHash } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { BuildError } from "./build-error.mjs";
import { runChild } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { findWhisperSource, require, root } from "./paths.mjs";
import { hashSources } from "./stamp.mjs";
import { cudaArchitectures, findNvcc, missingTools, which } from "./tools.mjs";
import { defaultJobs, variants } from "./variants.mjs";

export const ADDON = "steady_whisper";
export const TEST_PROGRAMS = ["steady_test", "parity"];
export const FUZZ_PROGRAMS = [
  "audio_decode",
  "audio_pcm",
  "grammar",
  "model_file",
  "suppress_regex",
].map((parser) => `${parser}_fuzz`);

/**
 * @param {object} request
 * @param {keyof typeof variants} request.variant
 * @param {string[]} request.targets  CMake targets
 * @param {string} [request.folder]  instead of the variant's
 * @param {boolean} [request.tests]  configure the test programs in as well
 * @param {boolean} [request.werror]
 * @param {string} [request.arch]  CUDA: "native" or compute capabilities
 * @param {number} [request.jobs]
 * @param {boolean} [request.force]  ignore the stamp
 * @param {boolean} [request.quiet]  one line on stderr instead of the compilers' output
 * @returns {Promise<{ outputDir: string, built: boolean }>} the folder that holds what was built
 */
export async function build(request) {
  const variant = variants[request.variant];
  const folder = path.join(root, request.folder ?? variant.folder);
  const outputDir = path.join(folder, variant.config);
  const cuda = variant.options.STEADY_CUDA === "ON";
  const fuzz = variant.options.STEADY_FUZZ === "ON";

  const whisperDir = findWhisperSource();
  if (!existsSync(path.join(whisperDir, "src/whisper.cpp"))) {
    throw new BuildError(
      `${whisperDir} holds no whisper.cpp (no src/whisper.cpp): set WHISPER_CPP_DIR to a source tree, or leave it empty`,
    );
  }

  /** @type {Record<string, string>} */
  const options = {
    ...variant.options,
    ...(request.tests ? { STEADY_TESTS: "ON" } : {}),
    STEADY_ADDON: variant.addon ? "ON" : "OFF",
    STEADY_WERROR: request.werror ? "ON" : "OFF",
    WHISPER_CPP_DIR: whisperDir,
  };
  if (cuda) options.CMAKE_CUDA_ARCHITECTURES = cudaArchitectures(request.arch ?? "native");
  const nvcc = cuda && !process.env.CUDACXX && !which("nvcc") ? findNvcc() : undefined;
  if (nvcc) options.CMAKE_CUDA_COMPILER = nvcc;

  // cmake-js takes Ninja where there is one; CMake refuses to change the generator of a configured folder.
  const environment = Object.fromEntries(
    ["CC", "CXX", "CUDACXX", "CFLAGS", "CXXFLAGS", "LDFLAGS"].map((name) => [
      name,
      process.env[name],
    ]),
  );
  const optionsHash = createHash("sha256")
    .update(
      JSON.stringify([root, folder, options, environment, which("ninja"), which("ccache")]) +
        `${process.platform} ${process.arch} ` +
        require("cmake-js/package.json").version +
        require("node-addon-api/package.json").version,
    )
    .digest("hex");

  return await withLock(folder, async () => {
    const sources = hashSources(whisperDir, {
      cuda,
      tests: fuzz || options.STEADY_TESTS === "ON",
    });
    const stampFile = path.join(folder, ".steady-stamp.json");
    const stamp = readStamp(stampFile);
    const outputs = request.targets.map((target) => path.join(outputDir, fileOf(target)));
    const fresh =
      stamp.options === optionsHash &&
      request.targets.every((target) => stamp.targets?.[target] === sources) &&
      outputs.every((file) => existsSync(file));
    if (fresh && !request.force) return { outputDir, built: false };

    const missing = missingTools({ cuda, fuzz });
    if (missing) throw new BuildError(missing);

    const jobs = request.jobs ?? defaultJobs(variant);
    const run = runner(folder, request.quiet);
    if (request.quiet) {
      console.error(
        `steady-whisper: building native code, which takes a minute or two the first time ` +
          `(log: ${path.relative(process.cwd(), run.log)})`,
      );
    }

    // An old cache would keep options that are no longer passed.
    if (stamp.options !== optionsHash || request.force) {
      rmSync(path.join(folder, "CMakeCache.txt"), { force: true });
      rmSync(path.join(folder, "CMakeFiles"), { recursive: true, force: true });
    }
    const targets = stamp.options === optionsHash ? { ...stamp.targets } : {};
    const writeStamp = () =>
      writeFileSync(stampFile, `${JSON.stringify({ options: optionsHash, targets }, null, 2)}\n`);
    // Until the build is through, what lies there counts as old.
    for (const target of request.targets) delete targets[target];
    rmSync(stampFile, { force: true });

    await run(process.execPath, [
      require.resolve("cmake-js/bin/cmake-js"),
      "configure",
      ...["--directory", root, "--out", folder, "--config", variant.config, "--log-level", "error"],
      ...Object.entries(options).map(([name, value]) => `--CD${name}=${value}`),
    ]);
    writeStamp();
    await run("cmake", [
      ...["--build", folder, "--config", variant.config, "--parallel", String(jobs)],
      ...["--target", ...request.targets],
    ]);
    for (const target of request.targets) targets[target] = sources;
    writeStamp();
    return { outputDir, built: true };
  });
}

/** The file that a target makes. */
export function fileOf(target) {
  if (target === ADDON) return `${ADDON}.node`;
  return process.platform === "win32" ? `${target}.exe` : target;
}

function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}

function runner(folder, quiet) {
  const log = path.join(folder, "build.log");
  mkdirSync(folder, { recursive: true });
  rmSync(log, { force: true });

  const env = { ...process.env };
  // Under node-gyp's make: its job server and flags are not meant for ours.
  for (const name of ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"]) delete env[name];

  const run = async (command, args) => {
    const tail = [];
    const onOutput = (chunk) => {
      appendFileSync(log, chunk);
      tail.push(chunk);
      if (tail.length > 200) tail.shift();
    };
    const { code, signal } = await runChild(command, args, quiet ? { env, onOutput } : { env });
    if (code === 0) return;
    const lines = Buffer.concat(tail).toString().trimEnd().split("\n");
    if (quiet) console.error(lines.slice(-60).join("\n"));
    const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
    throw new BuildError(`the native build failed: ${path.basename(command)} ${args[0]} ${how}`);
  };
  run.log = log;
  return run;
}
