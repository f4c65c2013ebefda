// The builds that exist. Each has a folder of its own, so that options never mix, and each is always configured with
// all of its options: what is not in this table is not left over from an earlier run either.

import { availableParallelism, totalmem } from "node:os";
import { BuildError } from "./build-error.mjs";

/**
 * @typedef {object} Variant
 * @property {string} folder  build folder, below the package's root
 * @property {"Release" | "Debug"} config
 * @property {boolean} addon  whether the Node addon can be built there
 * @property {Record<string, string>} options  CMake's
 * @property {number} memoryPerJob  bytes that one compiler needs at its peak
 */

const GIB = 2 ** 30;

/** @type {Record<string, Variant>} */
export const variants = {
  release: {
    folder: "build",
    config: "Release",
    addon: true,
    options: { STEADY_TESTS: "OFF", STEADY_WHISPER_CLI: "OFF", STEADY_LAYOUT: "static" },
    memoryPerJob: GIB,
  },
  debug: {
    folder: "build-debug",
    config: "Debug",
    addon: true,
    options: { STEADY_TESTS: "ON", STEADY_WHISPER_CLI: "OFF", STEADY_LAYOUT: "static" },
    memoryPerJob: GIB,
  },
  tests: {
    folder: "build-tests",
    config: "Release",
    addon: false,
    options: { STEADY_TESTS: "ON", STEADY_WHISPER_CLI: "ON", STEADY_LAYOUT: "static" },
    memoryPerJob: GIB,
  },
  asan: {
    folder: "build-asan",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "ON",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "static",
      STEADY_SANITIZE: "address",
    },
    memoryPerJob: 1.5 * GIB,
  },
  tsan: {
    folder: "build-tsan",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "ON",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "static",
      STEADY_SANITIZE: "thread",
    },
    memoryPerJob: 1.5 * GIB,
  },
  // Lets whisper.cpp have what it can't take, so that tests can see it crash. Nothing to use.
  unchecked: {
    folder: "build-unchecked",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "OFF",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "static",
      STEADY_UNCHECKED: "ON",
    },
    memoryPerJob: GIB,
  },
  // Slow and leaking on demand, so that tests can see whether that is found and cured. Nothing to use.
  faults: {
    folder: "build-faults",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "ON",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "static",
      STEADY_FAULTS: "ON",
    },
    memoryPerJob: GIB,
  },
  // The native parsers alone, under libFuzzer.
  fuzz: {
    folder: "build-fuzz",
    config: "Release",
    addon: false,
    options: {
      STEADY_TESTS: "OFF",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "static",
      STEADY_SANITIZE: "address",
      STEADY_FUZZ: "ON",
      CMAKE_C_COMPILER: "clang",
      CMAKE_CXX_COMPILER: "clang++",
    },
    memoryPerJob: GIB,
  },
  // For any machine of this system and architecture: what npm's prebuilds are made of.
  portable: {
    folder: "build-portable",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "OFF",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "dynamic",
      GGML_CPU_ALL_VARIANTS: "ON",
      // The oldest macOS that Node 24 supports; without it, the one of the machine that builds.
      ...(process.platform === "darwin" && { CMAKE_OSX_DEPLOYMENT_TARGET: "13.5" }),
      STEADY_BUNDLE_OPENMP: "ON",
    },
    memoryPerJob: GIB,
  },
  // What scripts/gpu-check measures: a build for use, with the C++ tests.
  "gpu-check-cpu": gpuCheck("build-dynamic"),
  "gpu-check-cuda": gpuCheck("build-cuda", { STEADY_CUDA: "ON" }),
  "gpu-check-vulkan": gpuCheck("build-vulkan", { STEADY_VULKAN: "ON" }),
};

/** @returns {Variant} */
function gpuCheck(folder, backend = {}) {
  return {
    folder,
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "ON",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "dynamic",
      ...backend,
    },
    memoryPerJob: backend.STEADY_CUDA ? 2 * GIB : GIB,
  };
}

/** What the addon can have beside the CPU, and where. */
export const GPU_BACKENDS = {
  cuda: { name: "CUDA", platforms: ["linux", "win32"] },
  vulkan: { name: "Vulkan", platforms: ["linux", "win32", "darwin"] },
  metal: { name: "Metal", platforms: ["darwin"] },
};

/**
 * A variant with GPU backends, as loadable files.
 * @param {Variant} variant
 * @param {readonly string[]} backends  keys of GPU_BACKENDS
 * @returns {Variant}
 */
export function withGpuBackends(variant, backends) {
  if (backends.length === 0) return variant;
  const switches = backends.map((name) => [`STEADY_${name.toUpperCase()}`, "ON"]);
  return {
    ...variant,
    options: { ...variant.options, STEADY_LAYOUT: "dynamic", ...Object.fromEntries(switches) },
    memoryPerJob: backends.includes("cuda") ? 2 * GIB : variant.memoryPerJob,
  };
}

/** As many compilers as there are cores, fewer where memory would run out first. */
export function defaultJobs(variant) {
  const byMemory = Math.floor(totalmem() / variant.memoryPerJob);
  return Math.max(1, Math.min(availableParallelism(), byMemory));
}

/** The value of a `--jobs` option. */
export function parseJobs(text) {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs > 0) return jobs;
  throw new BuildError(
    `--jobs must be a whole number above 0; received "${text}"`,
    "ERR_WHISPER_BUILD_OPTION",
  );
}
