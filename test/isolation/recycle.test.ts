// Replacing the process, a context in it, or states: by hand and by policy, without jobs waiting for it.

import { describe, expect, it } from "vitest";
import type { PoolResult, RecycleReport } from "../../lib/index.js";
import { isLinux } from "../support/child.js";
import { audioPath } from "../support/micro.js";
import { until } from "../support/until.js";
import { childrenOf, crashesOf, FOUR, hasEnded, pidOf, processPool } from "./support.js";

describe("recycle() of the process", () => {
  it("lets jobs go on in the old one until the new one is warm, then ends the old one", async () => {
    const pool = await processPool({ slots: 2 });
    const crashes = crashesOf(pool);
    const old = pidOf(pool);
    let report: RecycleReport | undefined;
    const recycling = pool.recycle({ rung: "process" }).then((done) => {
      report = done;
    });
    const meanwhile: PoolResult[] = [];
    while (report === undefined) meanwhile.push(await pool.transcribe(audioPath("en-00.wav")));
    await recycling;
    const after = await pool.transcribe(audioPath("en-00.wav"));
    const { from, to, stopped, outcome, slots } = report as RecycleReport;
    expect({ stopped, outcome, slots: slots.toSorted() }).toEqual({
      ...{ stopped: false, outcome: "done", slots: [0, 1] },
    });
    const onOld = meanwhile.filter(({ generation }) => from.includes(generation));
    console.log(`${onOld.length} of ${meanwhile.length} jobs ran on the old engine meanwhile`);
    expect(onOld.length).toBeGreaterThan(0);
    expect(after.generation).toBe(to);
    expect([...meanwhile, after].every(({ text }) => text === FOUR)).toBe(true);
    expect(pidOf(pool)).not.toBe(old);
    await until(() => hasEnded(old));
    expect(crashes).toEqual([]);
    expect(pool.stats().counters).toMatchObject({ crashes: 0, interruptions: 0 });
    if (isLinux) expect(childrenOf(process.pid)).toEqual([pidOf(pool)]);
  });

  it("doesn't cut off a job that is longer than it", async () => {
    const pool = await processPool();
    const old = pidOf(pool);
    const job = pool.transcribe(audioPath("long-75s.wav"));
    for await (const _ of job) break;
    await pool.recycle({ rung: "process" });
    expect((await job).segments.length).toBeGreaterThan(3);
    expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    expect(pool.stats().counters.interruptions).toBe(0);
    await until(() => hasEnded(old));
  });

  it("several at once leave one engine", async () => {
    const pool = await processPool({ slots: 2 });
    const jobs = Array.from({ length: 8 }, () => pool.transcribe(audioPath("en-00.wav")));
    await Promise.all([1, 2, 3].map(() => pool.recycle({ rung: "process" })));
    for (const job of jobs) expect((await job).text).toBe(FOUR);
    expect(pool.stats().engines.length).toBe(1);
    if (isLinux) await until(() => childrenOf(process.pid).length === 1);
  });
});

describe("recycle() of less than the process", () => {
  it.each(["state", "context"] as const)("of the %s stays in it", async (rung) => {
    const pool = await processPool({ slots: 2 });
    const pid = pidOf(pool);
    const [before] = pool.stats().generations;
    for (let i = 0; i < 3; i++) {
      const job = pool.transcribe(audioPath("en-00.wav"));
      const { outcome, stopped } = await pool.recycle({ rung });
      expect({ outcome, stopped }).toEqual({ outcome: "done", stopped: false });
      expect((await job).text).toBe(FOUR);
    }
    const { engines, generations } = pool.stats();
    expect(pidOf(pool)).toBe(pid);
    expect(generations.length).toBe(1);
    expect(engines[0]?.generations).toEqual([generations[0]?.generation]);
    expect(generations[0]?.generation === before?.generation).toBe(rung === "state");
  });
});

describe("recycle.maxJobs", () => {
  it.each(["process", "context", "state"] as const)("with rung %s", async (rung) => {
    const pool = await processPool({ recycle: { maxJobs: 3, jitter: 0, rung } });
    const crashes = crashesOf(pool);
    const pids = new Set<number>();
    const reports: RecycleReport[] = [];
    pool.on("recycle", (report) => reports.push(report));
    for (let i = 0; i < 200 && reports.length < 2; i++) {
      pids.add(pidOf(pool));
      expect((await pool.transcribe(audioPath("en-00.wav"))).text).toBe(FOUR);
    }
    pids.add(pidOf(pool));
    expect(reports.slice(0, 2)).toMatchObject(
      [1, 2].map(() => ({ rung, reason: "max-jobs", outcome: "done", stopped: false })),
    );
    const now = pidOf(pool);
    console.log(`rung ${rung}: processes ${[...pids]}`);
    expect(pids.size > 1).toBe(rung === "process");
    for (const pid of pids) if (pid !== now) await until(() => hasEnded(pid));
    expect(crashes).toEqual([]);
  });
});
