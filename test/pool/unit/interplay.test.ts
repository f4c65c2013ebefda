// Things that go on at the same time.

import { AsyncLocalStorage } from "node:async_hooks";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expectFailure } from "../../support/outcome.js";
import { FakeHost, fakeAudio, STATE_BYTES, WEIGHTS_BYTES } from "../fake/engine.js";
import { during, fakePool, pass, stopClock, submit } from "../fake/pool.js";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

const job = (name: string, ms = 100) => fakeAudio({ name, ms });

describe("recycles", () => {
  it("of states and of the context together leave a slot on the newer context", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const [renewed] = await during(
      Promise.all([
        pool.recycle(),
        pool.recycle({ rung: "state" }),
        pool.recycle({ rung: "state" }),
      ]),
    );
    expect(pool.stats().slots[0]?.generation).toBe(renewed.to);
    expect(host.contexts.size).toBe(1);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("by max-jobs take a slot along that had a long job through several of them", async () => {
    const { pool, host } = await fakePool({ recycle: { maxJobs: 3, jitter: 0 } });
    submit(pool, job("long", 20_000));
    for (let i = 0; i < 300; i++) await during(submit(pool, job(`${i}`)));
    const jobs = pool.stats().slots.map(({ jobs }) => jobs);
    expect(Math.min(...jobs)).toBeGreaterThan(20);
    for (const { jobs } of pool.stats().generations) expect(jobs).toBeLessThan(12);
    expect(host.contexts.size).toBeLessThanOrEqual(2);
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("that stop wait for slots that are leaving, too", async () => {
    const { pool, host } = await fakePool();
    host.capacityBytes = WEIGHTS_BYTES + 2 * STATE_BYTES;
    const jobs = [submit(pool, job("a", 30_000)), submit(pool, job("b", 30_000))];
    const smaller = pool.resize(1);
    const report = await during(pool.recycle());
    expect(report).toMatchObject({ outcome: "done", stopped: true, slots: [0] });
    await during(Promise.all([...jobs, smaller]));
    expect(pool.stats().state).toBe("open");
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("that stop wait for one that is moving slots, which gives way", async () => {
    const { pool, host } = await fakePool();
    const long = submit(pool, job("long", 30_000));
    const moving = pool.recycle();
    await pass(1000);
    host.capacityBytes = host.heldBytes; // no room for a third context
    const states = host.mostStates;
    const stopped = await during(pool.recycle());
    expect(stopped).toMatchObject({ outcome: "done", stopped: true });
    expect((await during(moving)).outcome).toBe("done");
    expect((await long).text).toBe("long after 0");
    expect(host.mostStates).toBeLessThanOrEqual(states + 1);
    expect(pool.stats().state).toBe("open");
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("aren't asked for by what the pool itself takes", async () => {
    const { pool, host } = await fakePool({
      slots: 1,
      recycle: { maxGrowthBytes: 2 * STATE_BYTES },
    });
    const recycled = vi.fn();
    pool.on("recycle", recycled);
    const run = async (count: number) => {
      for (let i = 0; i < count; i++) await during(submit(pool, job(`${i}`)));
    };
    await run(10);
    await during(pool.resize(5));
    host.rssBytes += 4 * STATE_BYTES;
    await run(20);
    expect(recycled).not.toHaveBeenCalled();
    host.rssBytes += 4 * STATE_BYTES; // this is nobody's
    await run(20);
    expect(recycled).toHaveBeenCalledOnce();
    await during(pool.close());
  });
});

describe("resize()", () => {
  it("rejects when the pool is closed meanwhile", async () => {
    const { pool } = await fakePool();
    const bigger = pool.resize(5);
    const failure = expectFailure(bigger, "ERR_WHISPER_POOL_CLOSED");
    await during(pool.close());
    await failure;
  });

  it("to one slot leaves that one to all, while others finish their jobs on reserved ones", async () => {
    const { pool } = await fakePool({ slots: 4, queue: { reservedSlots: 1 } });
    const long = [0, 1, 2].map((i) => submit(pool, job(`${i}`, 30_000)));
    submit(pool, job("urgent", 10), { priority: 1 });
    await pass(50);
    const [free] = pool.stats().slots.filter(({ status }) => status === "idle");
    expect(free?.slot).toBe(3);
    const smaller = pool.resize(1);
    long[0]?.cancel();
    await pass(10);
    const next = submit(pool, job("next", 10));
    await pass(100);
    expect(next.status).toBe("completed");
    for (const each of long) each.cancel();
    await during(smaller);
    await during(pool.close());
  });
});

describe("a stream", () => {
  it("that stalls holds no slot: those behind it run, and it comes when it is whole", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const slow = new PassThrough();
    const stalled = submit(pool, slow);
    slow.write(new Uint8Array(100));
    expect((await during(submit(pool, job("a")))).text).toBe("a after 0");
    expect([stalled.status, pool.stats().queue.waiting]).toEqual(["waiting", 1]);
    slow.end(new Uint8Array(100));
    expect((await during(stalled)).text).toBe("warm-up after 0"); // what unknown audio says here
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("that waits is limited and cancelled like any job, and destroyed then", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const streams = [0, 1, 2, 3].map(() => new PassThrough());
    const [late, failing, cancelled, closed] = streams as [
      PassThrough,
      PassThrough,
      PassThrough,
      PassThrough,
    ];
    const jobs = [
      submit(pool, late, { maxWaitMs: 100 }),
      submit(pool, failing),
      submit(pool, cancelled),
      submit(pool, closed),
    ] as const;
    failing.destroy(new Error("the client is gone"));
    jobs[2].cancel();
    await pass(100);
    await expectFailure(jobs[0], "ERR_WHISPER_QUEUE_TIMEOUT");
    await expectFailure(jobs[1], "ERR_WHISPER_AUDIO_READ", /the client is gone/);
    await expectFailure(jobs[2], "ERR_WHISPER_ABORTED");
    await during(pool.close());
    await expectFailure(jobs[3], "ERR_WHISPER_POOL_CLOSED");
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
  });

  it("takes a place in the queue, however many slots are idle", async () => {
    const { pool } = await fakePool({ slots: 2, queue: { maxWaiting: 0 } });
    const streams = [0, 1, 2].map(() => new PassThrough());
    const jobs = streams.map((stream) => submit(pool, stream));
    expect(jobs.map(({ status }) => status)).toEqual(["waiting", "failed", "failed"]);
    // A slot is idle all the same, for what is whole.
    expect((await during(submit(pool, job("a")))).text).toBe("a after 0");
    streams[0]?.end(new Uint8Array(10));
    await during(jobs[0] as never);
    await during(pool.close());
  });

  it("of a job that the queue has no place for stays its owner's: a server answers on it", async () => {
    const { pool } = await fakePool({ slots: 1, queue: { maxWaiting: 0 } });
    submit(pool, job("a"));
    const request = new PassThrough();
    await expectFailure(submit(pool, request), "ERR_WHISPER_QUEUE_FULL");
    await during(pool.close());
    await expectFailure(submit(pool, request), "ERR_WHISPER_POOL_CLOSED");
    expect(request.destroyed).toBe(false);
  });
});

describe("what is the caller's", () => {
  it("may be changed once a job is submitted", async () => {
    const { pool } = await fakePool({ slots: 1 });
    submit(pool, job("a"));
    const promptTokens = [1, 2, 3];
    const options = { promptTokens, priority: 0 };
    const waiting = submit(pool, job("b"), options);
    promptTokens[0] = -1;
    options.priority = 5000;
    expect((await during(waiting)).text).toBe("b after 0");
    await during(pool.close());
  });

  it("async context stays with its job, whoever's end makes room for it", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const storage = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    const jobs = ["a", "b", "c"].map((name) =>
      storage.run(name, () =>
        submit(pool, job(name), {
          onProgress: () => seen.push(`${name} in ${storage.getStore()}`),
        }),
      ),
    );
    await during(Promise.all(jobs));
    expect(seen).toEqual(["a in a", "b in b", "c in c"]);
    await during(pool.close());
  });

  it("mistakes don't disturb the pool: a listener, a logger, a progress function that throw", async () => {
    const thrown: unknown[] = [];
    const catchIt = (error: unknown) => thrown.push((error as Error).message);
    process.on("uncaughtException", catchIt);
    const others = process.listeners("uncaughtException").filter((one) => one !== catchIt);
    for (const one of others) process.off("uncaughtException", one);
    try {
      const fail = (what: string) => () => {
        throw new Error(what);
      };
      const logger = {
        debug: fail("debug"),
        info: fail("info"),
        warn: fail("warn"),
        error: fail("error"),
      };
      const { pool, host } = await fakePool({ logger });
      pool.on("job", fail("job"));
      pool.on("recycle", fail("recycle"));
      const done = submit(pool, job("a"), { onProgress: fail("progress") });
      expect((await during(done)).text).toBe("a after 0");
      await during(pool.recycle());
      expect((await during(submit(pool, job("b")))).text).toBe("b after 0");
      await during(pool.close());
      expect(host.broken).toEqual([]);
      await vi.waitFor(() =>
        expect(new Set(thrown)).toEqual(new Set(["debug", "info", "job", "progress", "recycle"])),
      );
    } finally {
      for (const one of others) process.on("uncaughtException", one);
      process.off("uncaughtException", catchIt);
    }
  });

  it("getter that closes the pool leaves no job behind", async () => {
    const { pool, host } = await fakePool();
    const options = {
      get language() {
        pool.close();
        return "en";
      },
    };
    await expectFailure(submit(pool, job("a"), options), "ERR_WHISPER_POOL_CLOSED");
    await during(pool.close());
    expect([host.engines.size, host.states.size, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });
});

it("memory that can't be asked for costs the figure, not the report", async () => {
  const host = new FakeHost();
  const { pool } = await fakePool({}, host);
  const reports = vi.fn();
  pool.on("job", reports);
  host.memoryFails = true;
  await during(submit(pool, job("a")));
  await pass(10);
  expect(reports).toHaveBeenCalledOnce();
  expect(reports.mock.calls[0]?.[0].place.memory).toMatchObject({
    before: undefined,
    after: undefined,
  });
  await during(pool.close());
});

it("closing reads no audio of jobs that won't run", async () => {
  const { pool, host } = await fakePool({ slots: 1 });
  const jobs = Array.from({ length: 60 }, (_, i) => submit(pool, job(`${i}`, 10_000)));
  await pass(10);
  const before = host.prepared;
  await during(pool.close());
  await Promise.allSettled(jobs);
  expect(host.prepared).toBe(before);
});

it("thousands of waiting jobs are cancelled in any order, and fast", async () => {
  const { pool } = await fakePool({ slots: 1, queue: { maxWaiting: 100_000 } });
  const jobs = Array.from({ length: 20_000 }, (_, i) => submit(pool, job(`${i}`)));
  for (let i = jobs.length - 1; i > 0; i -= 2) jobs[i]?.cancel();
  expect(pool.stats().queue.waiting).toBe(9999);
  for (const each of jobs) each.cancel();
  expect(pool.stats().queue.waiting).toBe(0);
  await during(pool.close());
});
