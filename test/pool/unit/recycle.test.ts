// Build, warm, swap, then retire: what replaces what, in which order, and who waits for it.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RecycleReport, WhisperPool } from "../../../lib/index.js";
import { expectFailure } from "../../support/outcome.js";
import { FakeHost, fakeAudio, STATE_BYTES, WEIGHTS_BYTES } from "../fake/engine.js";
import { during, fakePool, pass, stopClock, submit } from "../fake/pool.js";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

/** One job after the other on each slot, until it is told to stop. Returns what each waited for its slot, in ms. */
function keepBusy(pool: WhisperPool, ms: number): () => Promise<number[]> {
  let going = true;
  const waits: number[] = [];
  const client = async (name: string) => {
    while (going) {
      const { timing } = await submit(pool, fakeAudio({ name, ms }));
      waits.push(timing.queueMs);
    }
  };
  const clients = pool.stats().slots.map(({ slot }) => client(`client ${slot}`));
  return async () => {
    going = false;
    await during(Promise.all(clients));
    return waits;
  };
}

function recyclesOf(pool: WhisperPool): RecycleReport[] {
  const reports: RecycleReport[] = [];
  pool.on("recycle", (report) => reports.push(report));
  return reports;
}

describe("a recycle of a context", () => {
  it("loads, warms, moves every slot, and frees the old one last", async () => {
    const { pool, host } = await fakePool();
    host.history.length = 0;
    const report = await during(pool.recycle());
    expect(report).toMatchObject({
      ...{ rung: "context", reason: "manual", outcome: "done", stopped: false, error: undefined },
      slots: [0, 1],
      neededBytes: WEIGHTS_BYTES + STATE_BYTES,
      availableBytes: host.availableBytes,
      loadMs: host.times.loadMs,
    });
    expect(report.warmMs).toBeGreaterThan(0);
    expect(report.to).toBeGreaterThan(report.from[0] as number);
    expect(host.history).toEqual([expect.stringMatching(/^load/), expect.stringMatching(/^free/)]);
    expect(host.mostContexts).toBe(2);
    expect(pool.stats().generations).toMatchObject([{ generation: report.to, slots: [0, 1] }]);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("keeps no job waiting, however long the load takes", async () => {
    const host = new FakeHost({ loadMs: 5000, resetMs: 0 });
    const { pool } = await fakePool({ slots: 3 }, host);
    const stop = keepBusy(pool, 100);
    await pass(250);
    await during(pool.recycle());
    await during(pool.recycle({ rung: "process" }));
    await during(pool.recycle({ rung: "state" }));
    const waits = await stop();
    console.log(`${waits.length} jobs, longest wait ${Math.max(...waits)} ms`);
    expect(waits.length).toBeGreaterThan(250);
    expect(Math.max(...waits)).toBe(0);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("moves idle slots first, and waits for the one with a long job", async () => {
    const { pool } = await fakePool({ slots: 3 });
    const job = submit(pool, fakeAudio({ name: "long", ms: 10_000 }));
    const recycled = pool.recycle();
    await pass(1000);
    // Two generations serve together.
    expect(pool.stats().generations.map(({ slots }) => slots)).toEqual([[0], [1, 2]]);
    expect((await during(recycled)).slots).toEqual([1, 2, 0]);
    expect((await job).generation).toBeLessThan(pool.stats().generations[0]?.generation as number);
    await during(pool.close());
  });

  it("can move one slot only, and the others after it onto the same generation", async () => {
    const { pool, host } = await fakePool({ slots: 3 });
    const { to } = await during(pool.recycle({ slots: [1], reason: "regression" }));
    expect(pool.stats().slots.map(({ generation }) => generation === to)).toEqual([
      ...[false, true, false],
    ]);
    host.history.length = 0;
    const rest = await during(pool.recycle({ onto: "newest" }));
    expect(rest).toMatchObject({ to, slots: [0, 2], loadMs: 0 });
    expect(host.history).toEqual([expect.stringMatching(/^free context/)]);
    await during(pool.close());
  });

  it("gives a slot that two recycles mean to the later one, and doesn't hold up the others", async () => {
    const { pool, host } = await fakePool();
    submit(pool, fakeAudio({ name: "long", ms: 60_000 })).catch(() => {});
    const first = pool.recycle();
    await pass(1000); // slot 1 has moved, slot 0 has a long job
    const second = pool.recycle();
    await during(first);
    await pass(1000);
    expect(pool.stats().generations.map(({ slots }) => slots)).toEqual([[0], [1]]);
    expect((await during(second)).slots).toEqual([1, 0]);
    expect(host.mostContexts).toBe(3);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("keeps the old one if the load fails, says so, and serves on", async () => {
    const { pool, host } = await fakePool();
    const reports = recyclesOf(pool);
    const [before] = pool.stats().generations;
    host.failLoads = 1;
    await expectFailure(during(pool.recycle()), "ERR_WHISPER_OUT_OF_MEMORY", /doesn't fit/);
    expect(reports).toMatchObject([{ outcome: "failed", slots: [], to: undefined }]);
    expect(pool.stats().generations[0]?.generation).toBe(before?.generation);
    expect(pool.stats().counters.recyclesFailed).toBe(1);
    expect((await during(submit(pool, fakeAudio({ name: "a", ms: 1 })))).text).toBe("a after 0");
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("refuses a model that isn't the one it started with", async () => {
    const { pool, host } = await fakePool();
    host.model = "base";
    await expectFailure(
      during(pool.recycle()),
      "ERR_WHISPER_MODEL_INVALID",
      /its type is base, was tiny/,
    );
    expect(host.contexts.size).toBe(1);
    await during(pool.close());
  });

  it("takes only rungs and slots that there are", async () => {
    const { pool } = await fakePool();
    const calls = [
      { rung: "machine" },
      { slots: [] },
      { slots: [2] },
      { slots: "all" },
      { onto: "old" },
      { reason: "crash" },
      { to: 3 },
    ];
    for (const call of calls) {
      await expectFailure(pool.recycle(call as never), "ERR_WHISPER_INVALID_ARG");
    }
    await during(pool.close());
  });
});

describe("without memory for two generations", () => {
  it("stops, frees, loads, and says so: jobs wait, none is lost", async () => {
    const { pool, host } = await fakePool();
    const stop = keepBusy(pool, 100);
    host.mostContexts = 1;
    host.saidBytes = WEIGHTS_BYTES;
    await pass(50);
    const report = await during(pool.recycle());
    expect(report).toMatchObject({ outcome: "done", stopped: true, slots: [0, 1] });
    expect(report).toMatchObject({
      neededBytes: WEIGHTS_BYTES + STATE_BYTES,
      availableBytes: WEIGHTS_BYTES,
    });
    expect(host.mostContexts).toBe(1);
    const waits = await stop();
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(host.times.loadMs);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("skips a recycle of some slots, as the others need what there is", async () => {
    const { pool, host } = await fakePool();
    host.saidBytes = WEIGHTS_BYTES;
    const report = await during(pool.recycle({ slots: [0] }));
    expect(report).toMatchObject({ outcome: "skipped", slots: [], stopped: false });
    expect(pool.stats().counters.recyclesSkipped).toBe(1);
    await during(pool.close());
  });

  it("renews states in place of the old ones", async () => {
    const { pool, host } = await fakePool();
    host.saidBytes = STATE_BYTES - 1;
    host.mostStates = host.states.size;
    const report = await during(pool.recycle({ rung: "state" }));
    expect(report).toMatchObject({ outcome: "done", stopped: true, slots: [0, 1] });
    expect(host.mostStates).toBe(2);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("tries to load again; if it can't, the pool has failed, and every job is told", async () => {
    const { pool, host } = await fakePool();
    host.saidBytes = 0;
    host.failLoads = 2;
    await during(pool.recycle());
    expect(pool.stats().state).toBe("open");
    host.failLoads = 100;
    const failed = vi.fn();
    pool.on("failed", failed);
    const recycled = pool.recycle();
    recycled.catch(() => {});
    await pass(50);
    const waiting = submit(pool, fakeAudio({ name: "a", ms: 1 }));
    await expectFailure(during(waiting), "ERR_WHISPER_POOL_FAILED", /doesn't fit/);
    await expectFailure(recycled, "ERR_WHISPER_OUT_OF_MEMORY");
    const late = await expectFailure(
      submit(pool, fakeAudio({ name: "b", ms: 1 })),
      "ERR_WHISPER_POOL_FAILED",
    );
    expect(late.cause).toMatchObject({ code: "ERR_WHISPER_OUT_OF_MEMORY" });
    expect(failed).toHaveBeenCalledOnce();
    expect(pool.stats().state).toBe("failed");
    await during(pool.close());
    expect([host.engines.size, host.contexts.size, host.states.size]).toEqual([0, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
    expect(host.broken).toEqual([]);
  });

  it("counts unknown memory as enough", async () => {
    const { pool, host } = await fakePool();
    host.saidBytes = undefined;
    expect(await during(pool.recycle())).toMatchObject({ outcome: "done", stopped: false });
    await during(pool.close());
  });
});

describe("recycling by itself", () => {
  const run = async (pool: WhisperPool, count: number, ms = 100) => {
    for (let i = 0; i < count; i++) {
      await during(submit(pool, fakeAudio({ name: `job ${i}`, ms })));
    }
  };

  it("after max-jobs of a context, over all of its slots", async () => {
    const { pool } = await fakePool({ recycle: { maxJobs: 10, jitter: 0 } });
    const reports = recyclesOf(pool);
    await run(pool, 9);
    expect(reports).toEqual([]);
    await run(pool, 40);
    expect(reports.length).toBeGreaterThanOrEqual(3);
    expect(reports.every((r) => r.reason === "max-jobs" && r.slots.length === 2)).toBe(true);
    expect(pool.stats().counters.recycleReasons["max-jobs"]).toBe(reports.length);
    await during(pool.close());
  });

  it("after max-jobs of a state, each slot for itself", async () => {
    const { pool, host } = await fakePool({ recycle: { maxJobs: 5, jitter: 0, rung: "state" } });
    const reports = recyclesOf(pool);
    host.history.length = 0;
    await run(pool, 22);
    await pass(100);
    expect(reports.map(({ slots }) => slots.length)).toEqual([1, 1, 1, 1]);
    expect(reports.map(({ rung }) => rung)).toEqual(Array(4).fill("state"));
    expect(host.history.filter((what) => what.startsWith("load"))).toEqual([]);
    await during(pool.close());
  });

  it("with jitter, each generation has a limit of its own", async () => {
    const { pool } = await fakePool({ slots: 1, recycle: { maxJobs: 20, jitter: 0.5 } });
    const jobs: number[] = [];
    let before = 0;
    let done = 0;
    pool.on("recycle", () => {
      jobs.push(done - before);
      before = done;
    });
    pool.on("job", () => {
      done += 1;
    });
    await run(pool, 400, 200);
    console.log(`jobs between recycles: ${jobs.join(" ")}`);
    expect(new Set(jobs).size).toBeGreaterThan(3);
    for (const count of jobs) {
      expect(count).toBeGreaterThanOrEqual(10);
      expect(count).toBeLessThanOrEqual(33);
    }
    await during(pool.close());
  });

  it("after max-age, also while nothing runs", async () => {
    const { pool } = await fakePool({ recycle: { maxAgeMs: 60_000, jitter: 0 } });
    const reports = recyclesOf(pool);
    await pass(59_000);
    expect(reports).toEqual([]);
    await pass(2000);
    expect(reports).toMatchObject([{ reason: "max-age", outcome: "done" }]);
    await pass(300_000);
    expect(reports.length).toBeGreaterThanOrEqual(4);
    await during(pool.close());
  });

  it("after max-growth, which is counted anew for each generation", async () => {
    const { pool, host } = await fakePool({ recycle: { maxGrowthBytes: 100 * 2 ** 20 } });
    const reports = recyclesOf(pool);
    await run(pool, 8);
    host.rssBytes += 200 * 2 ** 20;
    await run(pool, 2);
    expect(reports).toEqual([]); // two jobs may be a passing peak
    await run(pool, 3);
    expect(reports).toMatchObject([{ reason: "max-growth", outcome: "done" }]);
    await run(pool, 30);
    expect(reports).toHaveLength(1);
    await during(pool.close());
  });

  it("tries again a minute after a failure, not after every job", async () => {
    const { pool, host } = await fakePool({ recycle: { maxJobs: 3, jitter: 0 } });
    const reports = recyclesOf(pool);
    host.failLoads = 1;
    await run(pool, 20);
    expect(reports.map(({ outcome }) => outcome)).toEqual(["failed"]);
    await pass(61_000);
    await pass(1000);
    expect(reports.map(({ outcome }) => outcome)).toEqual(["failed", "done"]);
    await during(pool.close());
  });
});

describe("a job that fails inside whisper.cpp", () => {
  const broken = (name: string) => fakeAudio({ name, ms: 10, fails: "state" });

  it("costs its state, not the next job", async () => {
    const { pool, host } = await fakePool({ slots: 1, reset: "never" });
    const reports = recyclesOf(pool);
    await expectFailure(during(submit(pool, broken("a"))), "ERR_WHISPER_INFERENCE_FAILED");
    expect((await during(submit(pool, fakeAudio({ name: "b", ms: 1 })))).text).toBe("b after 0");
    expect(reports).toMatchObject([{ rung: "state", reason: "crash", outcome: "done" }]);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("three times in a row, costs the context, and here its engine", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const reports = recyclesOf(pool);
    for (const name of ["a", "b", "c"]) await during(submit(pool, broken(name)).catch(() => {}));
    await pass(1000);
    expect(reports.map(({ rung, reason }) => `${rung} ${reason}`)).toEqual([
      ...["state crash", "state crash", "state crash", "process crash"],
    ]);
    await during(pool.close());
  });

  it("and whose state can't be replaced at once, leaves a slot that is repaired while others serve", async () => {
    const { pool, host } = await fakePool();
    host.failStates = 3;
    host.failResets = 2;
    await during(submit(pool, broken("a")).catch(() => {}));
    await pass(1);
    expect(
      pool
        .stats()
        .slots.map(({ status }) => status)
        .sort(),
    ).toEqual(["idle", "repairing"]);
    expect((await during(submit(pool, fakeAudio({ name: "b", ms: 1 })))).text).toBe("b after 0");
    await pass(10_000);
    expect(pool.stats().slots.map(({ status }) => status)).toEqual(["idle", "idle"]);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("and whose slot, the only one, can't be repaired at all, ends the pool", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    host.failStates = host.failResets = host.failLoads = 1000;
    await during(submit(pool, broken("a")).catch(() => {}));
    const waiting = submit(pool, fakeAudio({ name: "b", ms: 1 }));
    await expectFailure(during(waiting), "ERR_WHISPER_POOL_FAILED");
    await during(pool.close());
    expect([host.engines.size, host.contexts.size, host.states.size]).toEqual([0, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
    expect(host.broken).toEqual([]);
  });
});
