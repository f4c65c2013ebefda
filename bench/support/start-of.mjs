// A new process that makes a pool, runs a job on it, and prints how long that took and what memory it then has. Its one
// argument is JSON.

import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { enginePids, rssBytesOf } from "./engines.mjs";
import { root } from "./environment.mjs";
import { swellingNoise } from "./models.mjs";

const { WhisperPool } = await import(path.join(root, "dist/index.js"));
const { model, isolation, options, seconds, seed } = JSON.parse(process.argv[2]);
const samples = swellingNoise(seconds, seed);

const startedAt = performance.now();
const pool = await WhisperPool.create({
  ...{ model, isolation, backend: "cpu", slots: 1, threadsPerSlot: 1 },
});
const readyMs = performance.now() - startedAt;
await pool.transcribe(samples, options);
const firstResultMs = performance.now() - startedAt;
while (pool.stats().slots.some(({ status }) => status !== "idle")) await setTimeout(1);
globalThis.gc();

const rssBytes = process.memoryUsage.rss();
const engineRssBytes = enginePids(pool).reduce((sum, pid) => sum + (rssBytesOf(pid) ?? 0), 0);
console.log(JSON.stringify({ readyMs, firstResultMs, rssBytes, engineRssBytes }));
await pool.close();
