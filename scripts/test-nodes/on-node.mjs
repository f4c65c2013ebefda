#!/usr/bin/env node
// Says which Node runs this and which addon it loads; fails when that isn't the one that is named.

import { realpathSync } from "node:fs";
import { systemInfo } from "../../dist/index.js";

const addon = realpathSync(process.argv[2]);
const { whisperVersion } = systemInfo();
const { node, modules, napi } = process.versions;
console.log(`ABI ${modules}, Node-API ${napi}: whisper.cpp ${whisperVersion} from ${addon}`);
if (!process.report.getReport().sharedObjects.some((file) => isSame(file))) {
  console.error(`Node ${node} has not loaded ${addon}: another one was found first`);
  process.exitCode = 1;
}

function isSame(file) {
  try {
    return realpathSync(file) === addon;
  } catch {
    return false; // the kernel's own, which is no file
  }
}
