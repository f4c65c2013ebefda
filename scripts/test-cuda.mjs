#!/usr/bin/env node
// Compiles the CUDA backend's own sources, on a machine that needs no GPU: a slice of them, or all, or all with the link of
// libggml-cuda.so. `--help` lists the options; docs/gpu.md says what each proves. Exit code 77: not run, no nvcc here.

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { checkModule } from "./cuda/module.mjs";
import { callsCublas, sliceOf } from "./cuda/slice.mjs";
import { driverStub, findCublas, findToolkit } from "./cuda/toolkit.mjs";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { missingText, missingTools } from "./native/missing-tools.mjs";
import { findWhisperSource, root } from "./native/paths.mjs";
import { which } from "./native/tools.mjs";
import { defaultJobs, variants } from "./native/variants.mjs";

const HELP = `Usage: node scripts/test-cuda.mjs [options]

Compiles ggml's CUDA sources, and says which and in how many CPU seconds.

  --slice            one file of each sort of kernel (default)
  --all              all of them
  --link             all of them, and libggml-cuda.so: what it needs, and what is said where there is no driver
  --fast             PTX only, hardly optimized: in about a quarter of the time. Default with --all and --link
  --real             machine code, optimized, as it is used. Default with --slice
  --arch <n>         compute capability (default: 90)
  --cublas <folder>  cuBLAS, where the toolkit came without it: a folder with its include/ and lib/, or the unpacked
                     wheel nvidia-cublas. Also in the environment: STEADY_CUBLAS. Without any, files that call
                     cuBLAS are left out, and the others see a few declarations in the place of its header
  --jobs <n>         compilers at a time
  --require          no nvcc is a failure (exit code 1 instead of 77)
  --help
`;

const NOT_RUN = 77;

async function main() {
  const values = options();
  if (values.help) return void process.stdout.write(HELP);
  const mode = ["link", "all"].find((name) => values[name]) ?? "slice";
  const fast = values.fast || (mode !== "slice" && !values.real);

  const toolkit = findToolkit();
  if (!toolkit) {
    console.log(
      "test:cuda: not run: no nvcc (CUDA toolkit) on PATH, in CUDACXX or /usr/local/cuda/bin",
    );
    process.exitCode = values.require ? 1 : NOT_RUN;
    return;
  }
  const missing = missingTools({ cuda: false });
  if (missing) throw new BuildError(missingText(missing));
  if (!which("ninja"))
    throw new BuildError("ninja not found: single files are compiled by its names for them");
  const cublas = findCublas(
    toolkit.root,
    values.cublas ?? (process.env.STEADY_CUBLAS || undefined),
  );
  if (mode === "link" && !cublas.libraries) {
    throw new BuildError(
      "--link needs cuBLAS (libcublas.so, libcublasLt.so), which this toolkit came without: name its folder by --cublas",
    );
  }

  const folder = path.join(root, "build-cuda-test", `${fast ? "fast" : "real"}-${values.arch}`);
  mkdirSync(folder, { recursive: true });
  const log = path.join(folder, "times.log");
  rmSync(log, { force: true });
  const code = fast
    ? `PTX for compute_${values.arch}, -O0`
    : `machine code for sm_${values.arch}, -O3`;
  console.log(`test:cuda: nvcc ${toolkit.version}, ${code}`);
  console.log(
    cublas.complete
      ? `cuBLAS: headers of ${cublas.include}`
      : "cuBLAS: none here. What calls it is left out; the rest sees our own declarations of 4 functions and 3 types",
  );

  await configure({ folder, log, fast, arch: values.arch, toolkit, cublas });
  const all = sources(folder);
  const chosen = mode === "slice" ? sliceOf([...all.keys()]) : [...all.keys()];
  const leftOut = cublas.complete ? [] : chosen.filter(callsCublas);
  const compiled = chosen.filter((file) => !leftOut.includes(file));

  const jobs =
    values.jobs === undefined ? defaultJobs(variants["gpu-check-cuda"]) : Number(values.jobs);
  const targets = mode === "link" ? ["ggml-cuda"] : compiled.map((file) => all.get(file));
  const { code: exitCode } = await runChild(
    "ninja",
    ["-C", folder, "-j", String(jobs), "-k", "0", ...targets],
    { onOutput: (chunk, name) => process[name].write(chunk) },
  );

  const names = new Map([...all].map(([file, output]) => [output, path.basename(file)]));
  report(readTimes(log, names), { compiled, leftOut, all });
  if (exitCode !== 0) throw new BuildError("test:cuda: failed: see above");
  if (mode === "link") await checkModule(folder);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        slice: { type: "boolean", default: false },
        all: { type: "boolean", default: false },
        link: { type: "boolean", default: false },
        fast: { type: "boolean", default: false },
        real: { type: "boolean", default: false },
        arch: { type: "string", default: "90" },
        cublas: { type: "string" },
        jobs: { type: "string" },
        require: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    for (const group of [
      ["slice", "all", "link"],
      ["fast", "real"],
    ]) {
      const chosen = group.filter((name) => values[name]);
      if (chosen.length > 1)
        throw new Error(`choose one of ${chosen.map((one) => `--${one}`).join(", ")}`);
    }
    if (!/^\d{2,3}[af]?$/.test(values.arch)) {
      throw new Error(
        `--arch must be one compute capability without dot, such as 90; received "${values.arch}"`,
      );
    }
    if (values.jobs !== undefined && !/^[1-9]\d*$/.test(values.jobs)) {
      throw new Error(`--jobs must be a whole number above 0; received "${values.jobs}"`);
    }
    return values;
  } catch (error) {
    throw new BuildError(`${error.message}\nRun with --help for the options.`);
  }
}

async function configure({ folder, log, fast, arch, toolkit, cublas }) {
  const ccache = which("ccache");
  const timed = ["bash", path.join(root, "scripts/cuda/timed.sh"), log];
  const stub = driverStub(toolkit.root, path.join(folder, "driver-stub"));
  if (stub.ours)
    console.log("driver: an empty libcuda.so.1 is linked against; this toolkit has no stub of it");
  // Without cuBLAS nothing is linked, but CMake wants a name for what would be.
  const { cublas: cublasFile, cublasLt } = cublas.libraries ?? {
    cublas: path.join(folder, "no-libcublas.so"),
    cublasLt: path.join(folder, "no-libcublasLt.so"),
  };
  const settings = {
    CMAKE_BUILD_TYPE: "Release",
    STEADY_LAYOUT: "dynamic",
    STEADY_CUDA: "ON",
    STEADY_ADDON: "OFF",
    STEADY_TESTS: "OFF",
    WHISPER_CPP_DIR: findWhisperSource(),
    CMAKE_CUDA_COMPILER: toolkit.nvcc,
    CMAKE_CUDA_ARCHITECTURES: fast ? `${arch}-virtual` : `${arch}-real`,
    CMAKE_CUDA_FLAGS: [`-I${cublas.include}`, ...(fast ? ["-Xcicc", "-O0"] : [])].join(" "),
    CMAKE_CUDA_FLAGS_RELEASE: fast ? "-O0 -DNDEBUG" : "-O3 -DNDEBUG",
    CUDA_cublas_LIBRARY: cublasFile,
    CUDA_cublasLt_LIBRARY: cublasLt,
    CUDA_cuda_driver_LIBRARY: stub.file,
    // The empty stub defines nothing, and must be needed all the same.
    ...(stub.ours && { CMAKE_MODULE_LINKER_FLAGS: "-Wl,--no-as-needed" }),
    ...(ccache && { CMAKE_C_COMPILER_LAUNCHER: ccache, CMAKE_CXX_COMPILER_LAUNCHER: ccache }),
    CMAKE_CUDA_COMPILER_LAUNCHER: [...timed, ...(ccache ? [ccache] : [])].join(";"),
  };
  // CMake keeps what an earlier run was given.
  rmSync(path.join(folder, "CMakeCache.txt"), { force: true });
  const output = [];
  const { code } = await runChild(
    "cmake",
    [
      "-S",
      root,
      "-B",
      folder,
      "-G",
      "Ninja",
      ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
    ],
    { onOutput: (chunk) => output.push(chunk) },
  );
  if (code === 0) return;
  process.stderr.write(Buffer.concat(output));
  throw new BuildError("test:cuda: cmake could not configure the CUDA backend: see above");
}

/** The CUDA sources that CMake has in the backend, with the object file that is made of each. */
function sources(folder) {
  const commands = JSON.parse(readFileSync(path.join(folder, "compile_commands.json"), "utf8"));
  const cuda = commands.filter(({ file }) => file.endsWith(".cu"));
  if (cuda.length === 0)
    throw new BuildError("test:cuda: CMake has no CUDA source in this configuration");
  return new Map(cuda.map(({ file, command }) => [file, command.match(/ -o (\S+)/)[1]]));
}

/** @returns {Map<string, number>} CPU seconds by file name, of those that were compiled now */
function readTimes(log, names) {
  const times = new Map();
  if (!existsSync(log)) return times;
  for (const line of readFileSync(log, "utf8").trimEnd().split("\n")) {
    const [code, user, system, output] = line.split(" ");
    const name = names.get(output);
    // CMake's own trials of the compiler are in it, too.
    if (name && code === "0") times.set(name, seconds(user) + seconds(system));
  }
  return times;
}

function seconds(text) {
  const [, minutes, rest] = text.match(/^(\d+)m([\d.]+)s$/);
  return 60 * Number(minutes) + Number(rest);
}

function report(times, { compiled, leftOut, all }) {
  for (const [name, cpu] of [...times].sort(([, a], [, b]) => b - a)) {
    console.log(`  ${cpu.toFixed(1).padStart(6)} CPU s  ${name}`);
  }
  const total = [...times.values()].reduce((sum, cpu) => sum + cpu, 0);
  const old = compiled.length - times.size;
  console.log(
    `test:cuda: ${compiled.length} of ${all.size} files: ${times.size} compiled now in ${total.toFixed(0)} CPU s` +
      (old > 0 ? `, ${old} up to date or failed` : ""),
  );
  if (leftOut.length > 0) {
    console.log(
      `left out, as they call cuBLAS: ${leftOut.map((file) => path.basename(file)).join(", ")}`,
    );
  }
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
