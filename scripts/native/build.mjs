// Configures and builds one variant. Everything that compiles native code goes through here: npm scripts, binding.gyp,
// the test runner.

import { createHash } from "node:crypto";
import {
  accessSync,
  appendFileSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { BuildError } from "./build-error.mjs";
import { runChild } from "./child.mjs";
import { withLock } from "./lock.mjs";
import { missingText, missingTools } from "./missing-tools.mjs";
import { listOutputs, removeStaleOutputs } from "./outputs.mjs";
import { findWhisperSource, require, root } from "./paths.mjs";
import { hashSources } from "./stamp.mjs";
import { cudaArchitectures, findNvcc, which } from "./tools.mjs";
import { defaultJobs, GPU_BACKENDS, variants, withGpuBackends } from "./variants.mjs";

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
 * @param {readonly string[]} [request.backends]  GPU backends, by their names in GPU_BACKENDS
 * @param {boolean} [request.tests]  configure the test programs in as well
 * @param {string} [request.arch]  CUDA: "native" or compute capabilities
 * @param {number} [request.jobs]
 * @param {boolean} [request.force]  ignore the stamp
 * @param {boolean} [request.quiet]  one line on stderr instead of the compilers' output
 * @returns {Promise<{ outputDir: string, built: boolean }>} the folder that holds what was built
 */
export async function build(request) {
  const variant = withGpuBackends(variants[request.variant], request.backends ?? []);
  const folder = path.join(root, request.folder ?? variant.folder);
  const outputDir = path.join(folder, variant.config);
  const cuda = variant.options.STEADY_CUDA === "ON";
  const vulkan = variant.options.STEADY_VULKAN === "ON";
  const fuzz = variant.options.STEADY_FUZZ === "ON";

  assertWritable(existsSync(folder) ? folder : root);
  if (existsSync(outputDir)) assertWritable(outputDir);
  const whisperDir = findWhisperSource();
  if (!existsSync(path.join(whisperDir, "src/whisper.cpp"))) {
    throw new BuildError(
      `${whisperDir} holds no whisper.cpp (no src/whisper.cpp): set WHISPER_CPP_DIR to a source tree, or leave it empty`,
      "ERR_WHISPER_BUILD_SOURCE",
    );
  }

  /** @type {Record<string, string>} */
  const options = {
    ...variant.options,
    ...(request.tests ? { STEADY_TESTS: "ON" } : {}),
    STEADY_ADDON: variant.addon ? "ON" : "OFF",
    STEADY_WERROR: wantsWerror() ? "ON" : "OFF",
    WHISPER_CPP_DIR: whisperDir,
  };
  if (cuda) options.CMAKE_CUDA_ARCHITECTURES = cudaArchitectures(request.arch ?? "native");
  const nvcc = cuda && !process.env.CUDACXX && !which("nvcc") ? findNvcc() : undefined;
  if (nvcc) options.CMAKE_CUDA_COMPILER = nvcc;

  // cmake-js takes Ninja where there is one; CMake refuses to change the generator of a configured folder.
  const environment = Object.fromEntries(
    ["CC", "CXX", "CUDACXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "VULKAN_SDK"].map((name) => [
      name,
      process.env[name],
    ]),
  );
  const optionsHash = createHash("sha256")
    .update(
      JSON.stringify([root, folder, options, environment, which("ninja"), which("ccache")]) +
        // What is compiled for this machine's CPU is none for another's.
        (options.GGML_CPU_ALL_VARIANTS === "ON" ? "" : cpus()[0]?.model) +
        `${process.platform} ${process.arch} ` +
        require("cmake-js/package.json").version +
        require("node-addon-api/package.json").version,
    )
    .digest("hex");

  return await withLock(folder, async () => {
    const sources = hashSources(whisperDir, {
      cuda,
      vulkan,
      tests: fuzz || options.STEADY_TESTS === "ON",
    });
    const stampFile = path.join(folder, ".steady-stamp.json");
    const stamp = readStamp(stampFile);
    const outputs = [...request.targets.map(fileOf), ...(stamp.files ?? [])];
    const fresh =
      stamp.options === optionsHash &&
      request.targets.every((target) => stamp.targets?.[target] === sources) &&
      outputs.every((file) => existsSync(path.join(outputDir, file)));
    if (fresh && !request.force) return { outputDir, built: false };

    const missing = missingTools({ cuda, vulkan, fuzz });
    if (missing) throw new BuildError(missingText(missing), "ERR_WHISPER_BUILD_TOOLS");

    const jobs = request.jobs ?? defaultJobs(variant);
    const run = runner(folder, request.quiet);
    if (request.quiet) {
      console.error(
        `steady-whisper: building native code, which takes a while the first time ` +
          `(log: ${path.relative(process.cwd(), run.log)})`,
      );
    }

    // An old cache would keep options that are no longer passed.
    if (stamp.options !== optionsHash || request.force) {
      rmSync(path.join(folder, "CMakeCache.txt"), { force: true });
      rmSync(path.join(folder, "CMakeFiles"), { recursive: true, force: true });
      // ggml's objects: their flags don't say for which CPU, and what is damaged is to be made anew.
      rmSync(path.join(folder, "ggml"), { recursive: true, force: true });
    }
    const targets = stamp.options === optionsHash ? { ...stamp.targets } : {};
    const writeStamp = () => {
      const written = { options: optionsHash, targets, files: listOutputs(outputDir) };
      writeFileSync(stampFile, `${JSON.stringify(written, null, 2)}\n`);
    };
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
    removeStaleOutputs(outputDir, options);
    const unmade = request.targets
      .map(fileOf)
      .filter((file) => !existsSync(path.join(outputDir, file)));
    if (unmade.length > 0) {
      throw new BuildError(
        `the build went through, but ${unmade.join(", ")} isn't in ${outputDir}: please report it, with ${run.log}`,
        "ERR_WHISPER_BUILD_FAILED",
      );
    }
    for (const name of request.backends ?? []) {
      if (!listOutputs(outputDir).some((file) => file.includes(`ggml-${name}.`))) {
        throw new BuildError(
          `no ${GPU_BACKENDS[name].name} backend was built: CMake's output, in ${run.log} with --quiet, says why`,
          "ERR_WHISPER_BUILD_FAILED",
        );
      }
    }
    for (const target of request.targets) targets[target] = sources;
    writeStamp();
    return { outputDir, built: true };
  });
}

/** One answer for all who build a variant: with another one each would configure it from scratch again. */
function wantsWerror() {
  return ["1", "true"].includes(process.env.STEADY_WERROR ?? "");
}

/** The file that a target makes. */
export function fileOf(target) {
  if (target === ADDON) return `${ADDON}.node`;
  return process.platform === "win32" ? `${target}.exe` : target;
}

/** A package that was installed by another user, root for example, is found out here and not by a compiler. */
function assertWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BuildError(
      `steady-whisper can't be built: ${folder} can't be written to (${error.code}).\n` +
        "Run the same command as the user who installed the package (sudo, where it was installed globally), " +
        "or install steady-whisper in a project of your own and run `npx steady-whisper build` there.",
      "ERR_WHISPER_BUILD_NOT_WRITABLE",
    );
  }
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
  // ccache then finds what another copy of this package has compiled, in another folder.
  env.CCACHE_BASEDIR ??= root;
  env.CCACHE_NOHASHDIR ??= "1";

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
    const what = command === "cmake" ? "cmake --build" : "cmake-js configure";
    throw new BuildError(`the native build failed: ${what} ${how}`, "ERR_WHISPER_BUILD_FAILED");
  };
  run.log = log;
  return run;
}
