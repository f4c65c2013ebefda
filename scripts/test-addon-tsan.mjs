#!/usr/bin/env node
// Runs test/lifecycle/all-calls.mjs under ThreadSanitizer: Node with the sanitized addon. The C++ tests
// (`npm run test:tsan`) reach the core; this reaches what passes between its threads and JavaScript's.

import path from "node:path";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { root } from "./native/paths.mjs";
import { sanitizedAddon } from "./native/sanitized-addon.mjs";
import { fixedLayout, nodeUnderTsan } from "./native/sanitizers.mjs";

async function main() {
  const addon = await sanitizedAddon("tsan");
  const program = path.join(root, "test/lifecycle/all-calls.mjs");
  const [command, ...args] = [...(fixedLayout() ?? []), process.execPath, program];
  const { code, signal } = await runChild(command, args, {
    env: { ...process.env, ...nodeUnderTsan(addon) },
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
