import { defineConfig } from "vitest/config";

// scripts/test-addon-asan.mjs runs the same tests for another purpose.
const results = process.env.STEADY_TEST_RESULTS ?? "vitest";

/** Tests that compare results, not times, or mostly wait for processes: as many at once as there are cores. */
const comparing = [
  ...[
    "audio",
    "backends",
    "bench",
    "cli",
    "doctor",
    "format",
    "gpu",
    "health",
    "isolation",
    "models",
    "nodes",
    "package",
    "parity",
    "release",
    "soak",
    "workflows",
  ],
  ...[
    "api/binding",
    "api/hostile",
    "api/logs",
    "api/options",
    "diagnose/analysis",
    "diagnose/log",
    "diagnose/report",
    "lifecycle/exit",
    "pool/model",
    "pool/real/interleaving",
    "pool/real/many-jobs",
    "pool/unit",
  ],
].flatMap((tests) => [`test/${tests}/**/*.test.ts`, `test/${tests}.test.ts`]);

export default defineConfig({
  test: {
    // A process per file: the addon is loaded anew, and a crash in native code names the file that caused it.
    pool: "forks",
    execArgv: ["--expose-gc"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // The JSON is for .ci/run, which counts what was skipped.
    reporters: ["verbose", ["json", { outputFile: `build/test-results/${results}.json` }]],
    globalSetup: ["test/support/global-setup.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: comparing,
          // Jobs bring their own threads; more files at once would only make the clocks of each other's tests lie.
          maxWorkers: "50%",
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "side by side",
          include: comparing,
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
