// Each part of scripts/gpu-check that measures, on the CPU and cut short: its figures mean nothing here, but each is there.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

async function section(name: string, ...args: string[]) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(root, "scripts", name), "--quick", ...args],
    { env: { ...process.env, OMP_WAIT_POLICY: "passive" } },
  );
  return JSON.parse(stdout);
}

const above0 = expect.toSatisfy((value: number) => value > 0, "above 0");
const cpu = { backend: "cpu", gpu: false };

it("gpu-throughput: audio per second by the number of slots, and why the GPU wasn't watched", async () => {
  const { models, passed } = await section("gpu-throughput.mjs", "--backend", "cpu");
  expect(passed).toBe(true);
  expect(models).toHaveLength(1);
  const [{ device, slots, different }] = models;
  expect(device).toMatchObject(cpu);
  expect(different).toBe(0);
  expect(slots.map((one: { slots: number }) => one.slots)).toEqual([1, 2]);
  for (const one of slots) {
    expect(one).toMatchObject({
      audioSecondsPerSecond: above0,
      timesOneSlot: above0,
      waitMs: { median: expect.any(Number), p95: expect.any(Number) },
      runMsPerAudioSecond: { median: above0, p95: above0 },
    });
    expect(one.jobs).toBeGreaterThanOrEqual(2 * one.slots);
  }
  expect(slots[0].timesOneSlot).toBe(1);
}, 300_000);

it("gpu-reset: both resets, each with the jobs after it, their ratio, and a new context", async () => {
  const { models, passed } = await section("gpu-reset.mjs", "--backend", "cpu");
  expect(passed).toBe(true);
  const [{ inPlace, newState, newStateToInPlace, contextReload, cheaper, different }] = models;
  const times = { firstJobMs: above0, nextJobMs: above0 };
  expect(inPlace).toMatchObject({ resetMs: above0, ...times });
  expect(newState).toMatchObject({ resetMs: above0, ...times });
  expect(contextReload).toMatchObject({ loadMs: above0, createStateMs: above0, ...times });
  for (const { ratio, low, high, pairs } of Object.values<Record<string, number>>(
    newStateToInPlace,
  )) {
    expect(low).toBeLessThanOrEqual(ratio as number);
    expect(ratio).toBeLessThanOrEqual(high as number);
    expect(pairs).toBe(3);
  }
  expect(["in-place", "new-state", "undecided"]).toContain(cheaper);
  expect(different).toBe(0);
}, 300_000);

it("gpu-memory: the process's memory before and after the jobs; a CPU has no other", async () => {
  const { models, passed } = await section("gpu-memory.mjs", "--backend", "cpu");
  expect(passed).toBe(true);
  const [{ jobs, memory, growth }] = models;
  expect(jobs).toBe(24);
  expect(memory.gpu).toBeNull();
  expect(memory.rss).toMatchObject({
    samples: 24,
    beforeBytes: above0,
    afterBytes: above0,
    jobsBetween: 16,
  });
  expect(growth).toMatch(/not judged/);
}, 300_000);

it("a part that can't run is a section too, which says why", async () => {
  const failed = await section("gpu-memory.mjs", "--backend", "metal").catch((error) => error);
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({
    backend: "metal",
    passed: false,
    error: expect.stringContaining("ERR_WHISPER_BACKEND_UNAVAILABLE"),
  });
});
