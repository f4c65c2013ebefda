#!/usr/bin/env node
// What prebuildify starts in place of node-gyp, in a folder of its own: puts the portable build where node-gyp would have
// put one.

import { cpSync } from "node:fs";
import path from "node:path";
import { ADDON, build } from "../native/build.mjs";
import { BuildError, failureText } from "../native/build-error.mjs";
import { listOutputs } from "../native/outputs.mjs";

try {
  const { outputDir } = await build({ variant: "portable", targets: [ADDON] });
  for (const file of listOutputs(outputDir)) {
    cpSync(path.join(outputDir, file), path.join("build/Release", file), { recursive: true });
  }
} catch (error) {
  console.error(error instanceof BuildError ? failureText(error) : error);
  process.exitCode = 1;
}
