// A leak is told from noise, from a step, and from buffers that grow to the size of the largest job.

import { describe, expect, it } from "vitest";
import { GenerationMemory } from "../../../lib/pool/generation-memory.js";
import { GrowthTrend, type Trend } from "../../../lib/pool/growth-trend.js";
import { seededRandom } from "../../support/random.js";

const MiB = 2 ** 20;
const KiB = 2 ** 10;

/** First trend that is told, and after how many jobs. */
function firstOf(jobs: number, bytes: (job: number, random: () => number) => number, seed = 1) {
  const trend = new GrowthTrend();
  const random = seededRandom(seed);
  for (let job = 0; job < jobs; job++) {
    const found = trend.add(bytes(job, random));
    if (found) return { job, ...found } as Trend & { job: number };
  }
  return undefined;
}

/** How many of 200 lives of 5000 jobs have an alarm. */
function alarms(bytes: (job: number, random: () => number) => number): number {
  let count = 0;
  for (let seed = 1; seed <= 200; seed++) if (firstOf(5000, bytes, seed * 7919)) count += 1;
  return count;
}

describe("no alarm over", () => {
  it.each<[string, (job: number, random: () => number) => number, number]>([
    ["memory that stands still", () => 500 * MiB, 0],
    ["noise", (_, random) => 500 * MiB + random() * 50 * MiB, 6],
    ["rare peaks", (_, random) => 500 * MiB + (random() < 0.02 ? 400 * MiB : random() * MiB), 6],
    ["a step up, in mid-life", (job, random) => (job < 2000 ? 500 : 700) * MiB + random() * MiB, 6],
    [
      "buffers that settle",
      (job, random) => 500 * MiB - 200 * MiB * Math.exp(-job / 20) + random() * MiB,
      6,
    ],
    ["a saw-tooth", (job, random) => 500 * MiB + (job % 40) * MiB + random() * MiB, 6],
  ])("%s", (name, bytes, most) => {
    const count = alarms(bytes);
    console.log(`${name}: ${count} alarms in 200 lives of 5000 jobs`);
    expect(count).toBeLessThanOrEqual(most);
  });
});

describe("an alarm over", () => {
  it.each<[string, number, number]>([
    ["20 KiB per job, noise of 1 MiB", 20 * KiB, MiB],
    ["100 KiB per job, noise of 10 MiB", 100 * KiB, 10 * MiB],
    ["1 MiB per job, noise of 50 MiB", MiB, 50 * MiB],
  ])("%s", (name, slope, noise) => {
    const found = firstOf(2000, (job, random) => 500 * MiB + job * slope + random() * noise);
    console.log(`${name}: ${JSON.stringify(found)}`);
    expect(found?.job).toBeLessThan(1000);
    expect(found?.low).toBeLessThanOrEqual(slope);
    expect(found?.high).toBeGreaterThanOrEqual(slope);
    expect(found?.low).toBeGreaterThan(0);
    expect(found?.bytesPerJob).toBeGreaterThan(slope / 2);
  });

  it("is given again only after as many jobs once more", () => {
    const trend = new GrowthTrend();
    const found: number[] = [];
    for (let job = 0; job < 1024; job++) if (trend.add(job * MiB)) found.push(job);
    expect(found).toEqual([255, 511, 767, 1023]);
  });
});

describe("growth of a generation", () => {
  const sample = (rssMiB: number, gpuFreeMiB?: number) => ({
    rssBytes: rssMiB * MiB,
    externalBytes: 0,
    availableBytes: undefined,
    gpu:
      gpuFreeMiB === undefined
        ? undefined
        : { freeBytes: gpuFreeMiB * MiB, totalBytes: 1000 * MiB },
  });

  it("is the least of the last three jobs against the most of the first five", () => {
    const memory = new GenerationMemory();
    for (const rss of [300, 100, 100, 100, 100]) memory.add(sample(rss), 1);
    expect(memory.growth).toEqual({ rssBytes: 0, gpuBytes: undefined });
    for (const rss of [900, 400]) memory.add(sample(rss), 1);
    expect(memory.growth.rssBytes).toBe(0);
    memory.add(sample(500), 1);
    expect(memory.growth.rssBytes).toBe(100 * MiB);
    memory.add(sample(500), 2); // the pool has got another slot
    expect(memory.growth.rssBytes).toBe(0);
  });

  it("counts what is used on a GPU", () => {
    const memory = new GenerationMemory();
    for (let i = 0; i < 5; i++) memory.add(sample(100, 800), 1);
    for (let i = 0; i < 3; i++) memory.add(sample(100, 500), 1);
    expect(memory.growth).toEqual({ rssBytes: 0, gpuBytes: 300 * MiB });
  });
});
