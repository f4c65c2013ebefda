// How many slots and threads, on which machine.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { usableCores } from "../../../lib/machine/cores.js";
import { Distribution } from "../../../lib/pool/quantiles.js";
import { chooseSizing, slotsWithinMemory } from "../../../lib/pool/sizing.js";

describe("slots and threads", () => {
  const none = { slots: undefined, threadsPerSlot: undefined };
  it.each([
    [none, 1, false, 1, 1],
    [none, 2, false, 1, 2],
    [none, 4, false, 1, 4],
    [none, 6, false, 1, 4],
    [none, 16, false, 4, 4],
    [none, 16, true, 2, 4],
    [none, 2, true, 2, 1],
    [{ ...none, slots: 3 }, 16, false, 3, 4],
    [{ ...none, slots: 8 }, 16, false, 8, 2],
    [{ ...none, slots: 8 }, 2, false, 8, 1],
    [{ ...none, threadsPerSlot: 1 }, 6, false, 6, 1],
    [{ ...none, threadsPerSlot: 8 }, 2, false, 1, 8],
    [{ slots: 3, threadsPerSlot: 5 }, 2, true, 3, 5],
  ])("%j on %i cores (GPU: %s): %i slots of %i threads", (given, cores, gpu, slots, threads) => {
    expect(chooseSizing(given, { cores, gpu })).toEqual({ slots, threadsPerSlot: threads });
  });

  it.each([
    [4, 100, 10_000, 4],
    [4, 100, 500, 3],
    [4, 100, 10, 1],
    [4, 100, undefined, 4],
  ])("%i wanted, %i bytes each, %s available: %i", (slots, bytes, available, expected) => {
    expect(slotsWithinMemory(slots, bytes, available)).toBe(expected);
  });
});

describe("cores", () => {
  const on = (files: Record<string, string>, parallelism: number) => {
    const root = mkdtempSync(join(tmpdir(), "steady-whisper-cores-"));
    try {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), text);
      }
      return usableCores(root, parallelism);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
  const cpus = (...siblings: string[]) =>
    Object.fromEntries(
      siblings.map((list, i) => [
        `sys/devices/system/cpu/cpu${i}/topology/thread_siblings_list`,
        `${list}\n`,
      ]),
    );

  it("are not hyper-threads", () => {
    expect(on(cpus("0,2", "1,3", "0,2", "1,3"), 4)).toBe(2);
    expect(on(cpus("0", "1", "2", "3"), 4)).toBe(4);
  });

  it("are those that the process may use, of those that there are", () => {
    expect(on(cpus("0", "1", "2", "3"), 2)).toBe(2);
  });

  it("are limited by the container's quota, of either version", () => {
    expect(on({ "sys/fs/cgroup/cpu.max": "150000 100000\n" }, 8)).toBe(2);
    expect(on({ "sys/fs/cgroup/cpu.max": "max 100000\n" }, 8)).toBe(8);
    const v1 = (quota: string) => ({
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": quota,
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
    });
    expect(on(v1("50000"), 8)).toBe(1);
    expect(on(v1("-1"), 8)).toBe(8);
  });

  it("are what Node says where nothing else is known", () => {
    expect(on({}, 6)).toBe(6);
    const here = usableCores();
    expect(here).toBeGreaterThanOrEqual(1);
    expect(here).toBeLessThanOrEqual(availableParallelism());
  });
});

describe("quantiles", () => {
  it("have three digits, whatever the size of the values", () => {
    const rtf = new Distribution(1e-6);
    for (let i = 1; i <= 1000; i++) rtf.add(i / 1e5);
    const { count, p50, p90, p99, max } = rtf.quantiles;
    expect(count).toBe(1000);
    for (const [value, exact] of [
      [p50, 0.005],
      [p90, 0.009],
      [p99, 0.0099],
      [max, 0.01],
    ] as const) {
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.002);
    }
  });

  it("are 0 without values, and take 0", () => {
    const distribution = new Distribution(1);
    expect(distribution.quantiles).toEqual({ count: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 });
    distribution.add(0);
    expect(distribution.quantiles.max).toBeLessThanOrEqual(1);
  });
});
