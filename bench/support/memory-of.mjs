// A process that holds a number of pools with a number of slots each, runs jobs on all slots at the same time, and prints
// what memory it then has. Its one argument is JSON.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { root } from "./environment.mjs";
import { swellingNoise } from "./models.mjs";

const { WhisperPool, systemInfo } = await import(path.join(root, "dist/index.js"));
const { model, pools: count, slots, rounds, seconds, seed, options } = JSON.parse(process.argv[2]);

const samples = swellingNoise(seconds, seed);
const pools = [];
for (let i = 0; i < count; i++) {
  pools.push(
    await WhisperPool.create({
      ...{ model, isolation: "thread", backend: "cpu", slots, threadsPerSlot: 1, health: false },
    }),
  );
}
for (let round = 0; round < rounds; round++) {
  const jobs = pools.flatMap((pool, index) =>
    Array.from({ length: slots }, async () => {
      const { slot } = await pool.transcribe(samples, options);
      return `${index}.${slot}`;
    }),
  );
  const used = new Set(await Promise.all(jobs));
  if (used.size !== count * slots) throw new Error(`only ${used.size} slots had a job`);
}
while (pools.some((pool) => pool.stats().slots.some(({ status }) => status !== "idle"))) {
  await setTimeout(1);
}
for (let i = 0; i < 3; i++) {
  globalThis.gc();
  await setImmediate(); // what finalizers left
}

/** In bytes, from /proc where there is one. */
function rollup() {
  const file = "/proc/self/smaps_rollup";
  if (!existsSync(file)) return {};
  const text = readFileSync(file, "utf8");
  const value = (name) => 1024 * Number(text.match(new RegExp(`^${name}: +(\\d+) kB$`, "m"))[1]);
  return {
    pssBytes: value("Pss"),
    privateBytes: value("Private_Clean") + value("Private_Dirty"),
  };
}

const measured = { rssBytes: process.memoryUsage.rss(), ...rollup() };
const stateBytes = pools.flatMap((pool) => pool.stats().slots.map((slot) => slot.stateBytes));
console.log(
  JSON.stringify({
    ...measured,
    stateBytes: Math.max(...stateBytes),
    weightsBytes: pools[0].info.weightsBytes,
    systemInfo: systemInfo(),
  }),
);
await Promise.all(pools.map((pool) => pool.close()));
