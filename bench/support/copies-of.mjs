// A new process that submits long PCM to a pool and prints how much its resident memory grew at most meanwhile, divided by
// the PCM's size. Its one argument is JSON. Linux only: the kernel keeps the peak, which no sampling could miss.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { statusBytes } from "./engines.mjs";
import { root } from "./environment.mjs";

const { WhisperPool } = await import(path.join(root, "dist/index.js"));
const { model, isolation, options, seconds } = JSON.parse(process.argv[2]);

const pool = await WhisperPool.create({
  ...{ model, isolation, backend: "cpu", slots: 1, threadsPerSlot: 1, health: false },
});
// What a first job needs once is none of the PCM's.
await pool.transcribe(new Float32Array(16_000), options);
const samples = Float32Array.from({ length: seconds * 16_000 }, (_, i) => 0.1 * Math.sin(i / 20));
globalThis.gc();
await setTimeout(200);

const before = statusBytes(process.pid, "VmRSS");
writeFileSync("/proc/self/clear_refs", "5"); // the peak is counted from now on
// A tenth of a second of it is transcribed: what is measured is how it gets there.
await pool.transcribe(samples, { ...options, durationMs: 100 });
const peak = statusBytes(process.pid, "VmHWM");
console.log(
  JSON.stringify({ copies: (peak - before) / samples.byteLength, bytes: samples.byteLength }),
);
await pool.close();
