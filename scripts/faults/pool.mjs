// A pool whose engines run the addon that injects faults. This process keeps the usual one.

import { existsSync } from "node:fs";
import path from "node:path";
import { root } from "../../bench/support/environment.mjs";
import { WhisperPool } from "../../dist/index.js";

export const addon = path.join(root, "build-faults/Release/steady_whisper.node");

/** @throws {Error} with a message for the user */
export function checkAddon() {
  if (!existsSync(addon)) {
    throw new Error(
      `${addon} is missing; build it with \`npm run build:native -- --faults\` (\`npm test\` does)`,
    );
  }
}

/** Of the processes that run it. */
export function faultyEnvironment(faultFile) {
  checkAddon();
  return { STEADY_WHISPER_ADDON: addon, STEADY_FAULT_FILE: faultFile.path };
}

/** One thread for each slot: what a fault burns is then the CPU time of that thread alone. */
export async function faultyPool(faultFile, options) {
  return await WhisperPool.create({
    ...{ backend: "cpu", isolation: "process", slots: 2, threadsPerSlot: 1, reset: "never" },
    health: false,
    engine: { env: faultyEnvironment(faultFile) },
    ...options,
  });
}
