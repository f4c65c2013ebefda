#!/usr/bin/env node
// Runs tests of the library under AddressSanitizer and UndefinedBehaviorSanitizer: Node with the sanitized addon. The
// C++ tests (`npm run test:asan`) reach the core; this reaches the skin around it: handles, deliveries, environments.
//
//   node scripts/test-addon-asan.mjs                 # a slice: workers and streaming
//   node scripts/test-addon-asan.mjs test/lifecycle  # whatever vitest takes

import path from "node:path";
import { ADDON, build, fileOf } from "./native/build.mjs";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { require } from "./native/paths.mjs";
import { nodeUnderAsan } from "./native/sanitizers.mjs";

const SLICE = ["test/lifecycle/workers.test.ts", "test/api/streaming.test.ts"];
// Everything takes about five times as long.
const TIMEOUT_MS = 600_000;

async function main() {
  if (process.platform !== "linux") {
    throw new BuildError(
      "the sanitizer's runtime is preloaded as on Linux: there is no other way here yet",
    );
  }
  const { outputDir } = await build({
    variant: "asan",
    targets: [ADDON],
    werror: !["0", "false"].includes(process.env.STEADY_WERROR ?? ""),
    quiet: !process.env.CI,
  });
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
        ...nodeUnderAsan(path.join(outputDir, fileOf(ADDON))),
      },
    },
  );
  if (code !== 0) {
    throw new BuildError(`vitest under AddressSanitizer: ${signal ?? `exit code ${code}`}`);
  }
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
