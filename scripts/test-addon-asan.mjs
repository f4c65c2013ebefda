#!/usr/bin/env node
// Runs tests of the library under AddressSanitizer and UndefinedBehaviorSanitizer: Node with the sanitized addon. The
// C++ tests (`npm run test:asan`) reach the core; this reaches the skin around it: handles, deliveries, environments.
// Without arguments also a program under LeakSanitizer.
//
//   node scripts/test-addon-asan.mjs                 # a slice: workers and streaming; leaks
//   node scripts/test-addon-asan.mjs test/lifecycle  # whatever vitest takes

import path from "node:path";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { require, root } from "./native/paths.mjs";
import { sanitizedAddon } from "./native/sanitized-addon.mjs";
import { nodeUnderAsan } from "./native/sanitizers.mjs";

const SLICE = ["test/lifecycle/workers.test.ts", "test/api/streaming.test.ts"];
// Everything takes about five times as long.
const TIMEOUT_MS = 600_000;

async function main() {
  const addon = await sanitizedAddon("asan");
  const files = process.argv.slice(2);
  const { code, signal } = await runChild(
    process.execPath,
    [
      path.join(path.dirname(require.resolve("vitest/package.json")), "vitest.mjs"),
      ...["run", `--testTimeout=${TIMEOUT_MS}`, `--hookTimeout=${TIMEOUT_MS}`],
      ...(files.length > 0 ? files : SLICE),
    ],
    {
      env: {
        ...process.env,
        STEADY_TEST_RESULTS: "vitest-asan",
        STEADY_TEST_PATIENCE: "10",
        ...nodeUnderAsan(addon, { leaks: false }),
      },
    },
  );
  if (code !== 0) {
    throw new BuildError(`vitest under AddressSanitizer: ${signal ?? `exit code ${code}`}`);
  }
  if (files.length === 0) await findLeaks(addon);
}

/** A program that uses all of the library and ends by itself. */
async function findLeaks(addon) {
  const program = path.join(root, "test/lifecycle/all-calls.mjs");
  const { code, signal } = await runChild(process.execPath, [program], {
    env: { ...process.env, ...nodeUnderAsan(addon, { leaks: true }) },
  });
  if (code !== 0) {
    throw new BuildError(`test/lifecycle/all-calls.mjs: ${signal ?? `exit code ${code}`}`);
  }
  console.log("test/lifecycle/all-calls.mjs: no leak");
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
