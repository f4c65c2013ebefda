#!/usr/bin/env node
// Runs test/lifecycle/all-calls.mjs under ThreadSanitizer: Node with the sanitized addon. The C++ tests
// (`npm run test:tsan`) reach the core; this reaches what passes between its threads and JavaScript's.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { ADDON, build, fileOf } from "./native/build.mjs";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { root } from "./native/paths.mjs";
import { nodeUnderTsan } from "./native/sanitizers.mjs";

async function main() {
  if (process.platform !== "linux") {
    throw new BuildError(
      "the sanitizer's runtime is preloaded as on Linux: there is no other way here yet",
    );
  }
  const { outputDir } = await build({
    variant: "tsan",
    targets: [ADDON],
    werror: !["0", "false"].includes(process.env.STEADY_WERROR ?? ""),
    quiet: !process.env.CI,
  });
  const program = path.join(root, "test/lifecycle/all-calls.mjs");
  // GCC before 13 knows fewer layouts of the address space than newer kernels deal out.
  const fixed = spawnSync("setarch", ["-R", "true"]).status === 0 ? ["setarch", "-R"] : [];
  const [command, ...args] = [...fixed, process.execPath, program];
  const { code, signal } = await runChild(command, args, {
    env: { ...process.env, ...nodeUnderTsan(path.join(outputDir, fileOf(ADDON))) },
  });
  if (code !== 0) {
    throw new BuildError(
      `test/lifecycle/all-calls.mjs under ThreadSanitizer: ${signal ?? `exit code ${code}`}`,
    );
  }
  console.log("test/lifecycle/all-calls.mjs under ThreadSanitizer: no report");
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
