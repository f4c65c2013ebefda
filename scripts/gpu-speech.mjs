// Speech that the embedded model knows: what gpu-jobs.mjs and gpu-pool.mjs transcribe.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const micro = fileURLToPath(new URL("../models/micro/", import.meta.url));

const references = JSON.parse(readFileSync(path.join(micro, "test-audio/refs.json"), "utf8"));

/** Path and language of each file. */
export const files = Object.entries(references)
  .filter(([name, { phrases }]) => name.endsWith(".wav") && phrases?.length > 0)
  .map(([name, { language }]) => ({ file: path.join(micro, "test-audio", name), language }));
