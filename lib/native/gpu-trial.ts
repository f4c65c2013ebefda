// The program in which a GPU backend is tried, which may end it in any way: see try-gpu-backend.ts.
//
//   node gpu-trial.js <addon> <backend file>     prints { devices } or { message } as one line of JSON

import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { NativeAddon } from "./binding.js";

const [addonPath, backendPath] = process.argv.slice(2) as [string, string];

let answer: object;
try {
  const addon = createRequire(import.meta.url)(addonPath) as NativeAddon;
  // A driver that aborts leaves no core dump, and one that hangs doesn't outlive who asked.
  addon.confineProcess({ coreDumps: false, parentPid: process.ppid });
  addon.mirrorLog(true); // the last words before an abort
  addon.loadBackends(dirname(addonPath));
  answer = { devices: addon.tryGpuBackend(backendPath) };
} catch (error) {
  answer = { message: error instanceof Error ? error.message : String(error) };
}
writeSync(1, `\n${JSON.stringify(answer)}\n`);
// Some drivers crash in their exit handlers, after everything has been said.
process.kill(process.pid, "SIGKILL");
