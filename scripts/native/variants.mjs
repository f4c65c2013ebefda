// The builds that exist. Each has a folder of its own, so that options never mix, and each is always configured with
// all of its options: what is not in this table is not left over from an earlier run either.

import { availableParallelism, totalmem } from "node:os";

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
  // What --cuda is, without CUDA: ggml in libraries of its own, the CPU backend a module that is loaded at run time.
  dynamic: {
    folder: "build-dynamic",
    config: "Release",
    addon: true,
    options: { STEADY_TESTS: "OFF", STEADY_WHISPER_CLI: "OFF", STEADY_LAYOUT: "dynamic" },
    memoryPerJob: GIB,
  },
  // What is published: the same with all of ggml's CPU variants, for any CPU of this architecture.
  portable: {
    folder: "build-portable",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "OFF",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "dynamic",
      STEADY_BUNDLE_OPENMP: "ON",
      GGML_CPU_ALL_VARIANTS: "ON",
    },
    memoryPerJob: GIB,
  },
  cuda: {
    folder: "build-cuda",
    config: "Release",
    addon: true,
    options: {
      STEADY_TESTS: "ON",
      STEADY_WHISPER_CLI: "OFF",
      STEADY_LAYOUT: "dynamic",
      STEADY_CUDA: "ON",
    },
    memoryPerJob: 2 * GIB,
  },
};

/** As many compilers as there are cores, fewer where memory would run out first. */
export function defaultJobs(variant) {
  const byMemory = Math.floor(totalmem() / variant.memoryPerJob);
  return Math.max(1, Math.min(availableParallelism(), byMemory));
}
