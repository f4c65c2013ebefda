#!/usr/bin/env node
// `npm run gpu-check`: runs scripts/gpu-check, which is a shell script because it must also work where Node is not.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("gpu-check", import.meta.url));
const child = spawn("bash", [script, ...process.argv.slice(2)], { stdio: "inherit" });
child.once("error", (error) => {
  console.error(`gpu-check: bash can't be started: ${error.message}`);
  process.exitCode = 1;
});
child.once("close", (code) => {
  process.exitCode = code ?? 1;
});
