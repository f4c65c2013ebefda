import { defineConfig } from "vitest/config";

// scripts/test-addon-asan.mjs runs the same tests for another purpose.
const results = process.env.STEADY_TEST_RESULTS ?? "vitest";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    // A process per file: the addon is loaded anew, and a crash in native code names the file that caused it.
    pool: "forks",
    // Jobs bring their own threads; more files at once would only make the clocks of each other's tests lie.
    maxWorkers: "50%",
    execArgv: ["--expose-gc"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // The JSON is for .ci/run, which counts what was skipped.
    reporters: ["verbose", ["json", { outputFile: `build/test-results/${results}.json` }]],
  },
});
