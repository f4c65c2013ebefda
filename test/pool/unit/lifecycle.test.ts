// From create() to the last timer.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PoolOptions, WhisperPool } from "../../../lib/index.js";
import { expectFailure } from "../../support/outcome.js";
import { FakeHost, fakeAudio } from "../fake/engine.js";
import { during, fakePool, pass, stopClock, submit } from "../fake/pool.js";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

const job = (name: string, ms = 100) => fakeAudio({ name, ms });

function expectNothingLeft(host: FakeHost): void {
  expect([host.engines.size, host.contexts.size, host.states.size]).toEqual([0, 0, 0]);
  expect(host.broken).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
}

describe("create()", () => {
  const create = (host: FakeHost, options: PoolOptions = {}) =>
    during(WhisperPool.over(() => host, { slots: 2, ...options }));

  it.each([
    ["failStarts", "ERR_WHISPER_INTERNAL"],
    ["failLoads", "ERR_WHISPER_OUT_OF_MEMORY"],
    ["failStates", "ERR_WHISPER_OUT_OF_MEMORY"],
  ] as const)("leaves nothing behind when it fails: %s", async (what, code) => {
    const host = new FakeHost();
    host[what] = 1;
    await expectFailure(create(host), code);
    expectNothingLeft(host);
  });

  it("leaves nothing behind when the second slot can't be made", async () => {
    const host = new FakeHost();
    const warmUpAndReset = 5; // throwaway states of the warm-up and the measurement
    const created = WhisperPool.over(() => host, { slots: 3 });
    created.catch(() => {});
    while (host.mostStates < 2) await pass(1);
    await pass(warmUpAndReset);
    host.failStates = 10;
    await expectFailure(during(created), "ERR_WHISPER_OUT_OF_MEMORY");
    expectNothingLeft(host);
  });

  it("can be aborted at any moment, and says why", async () => {
    const whole = new FakeHost();
    const started = performance.now();
    const pool = await create(whole);
    const lengthMs = performance.now() - started;
    await during(pool.close());
    for (let ms = 0; ms < Math.min(lengthMs, 200); ms += 7) {
      const host = new FakeHost();
      const controller = new AbortController();
      const created = WhisperPool.over(() => host, { slots: 2, signal: controller.signal });
      created.catch(() => {});
      await pass(ms);
      controller.abort("changed my mind");
      const error = await expectFailure(during(created), "ERR_WHISPER_ABORTED");
      expect(error.cause).toBe("changed my mind");
      expectNothingLeft(host);
    }
  });

  it("a signal has no effect once it has resolved", async () => {
    const controller = new AbortController();
    const { pool, host } = await fakePool({ signal: controller.signal });
    controller.abort();
    expect((await during(submit(pool, job("a")))).text).toBe("a after 0");
    await during(pool.close());
    expectNothingLeft(host);
  });

  it.each<[PoolOptions, RegExp]>([
    [{ slots: 0 }, /slots must be an integer from 1 to 64; received 0/],
    [{ slots: 65 }, /slots/],
    [{ threadsPerSlot: 0.5 }, /threadsPerSlot/],
    [{ reset: "sometimes" as never }, /reset must be "every-job" or/],
    [{ isolation: "container" as never }, /isolation/],
    [{ recycle: { maxJobs: 0 } }, /recycle\.maxJobs/],
    [{ recycle: { jitter: 0.6 } }, /recycle\.jitter/],
    [
      { isolation: "thread", recycle: { rung: "process" } },
      /recycle\.rung .*this process can't be replaced/,
    ],
    [{ recycle: { every: 5 } as never }, /recycle must be free of unknown names.*every/],
    [{ recycle: [] as never }, /recycle must be an object/],
    [{ queue: { maxWaiting: -1 } }, /queue\.maxWaiting/],
    [{ slots: 2, queue: { reservedSlots: 2 } }, /queue\.reservedSlots must be less than slots/],
    [{ logger: {} as never }, /logger must be a pino logger/],
    [{ pool: 1 } as never, /options must be free of unknown names/],
    [null as never, /options must be an object/],
    [{ signal: {} as never }, /signal must be an AbortSignal/],
    [{ backend: "abacus" as never }, /backend/],
  ])("refuses %j", async (options, message) => {
    await expectFailure(WhisperPool.create(options), "ERR_WHISPER_INVALID_ARG", message);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("drain()", () => {
  it("takes no more jobs, ends all that it has, and frees everything", async () => {
    const { pool, host } = await fakePool();
    const jobs = Array.from({ length: 10 }, (_, i) => submit(pool, job(`${i}`)));
    const drained = pool.drain();
    expect(pool.stats().state).toBe("draining");
    await expectFailure(submit(pool, job("late")), "ERR_WHISPER_POOL_CLOSED", /draining/);
    await expectFailure(pool.resize(3), "ERR_WHISPER_POOL_CLOSED");
    await expectFailure(pool.recycle(), "ERR_WHISPER_POOL_CLOSED");
    expect(await during(drained)).toEqual({ cutOff: 0 });
    expect((await Promise.all(jobs)).length).toBe(10);
    expect(pool.stats().state).toBe("closed");
    expectNothingLeft(host);
  });

  it("cuts off the rest when its time is over", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const jobs = Array.from({ length: 5 }, (_, i) => submit(pool, job(`${i}`)));
    expect(await during(pool.drain({ timeoutMs: 250 }))).toEqual({ cutOff: 3 });
    const ends = await Promise.allSettled(jobs);
    expect(ends.map(({ status }) => status)).toEqual([
      ...["fulfilled", "fulfilled", "rejected", "rejected", "rejected"],
    ]);
    expectNothingLeft(host);
  });

  it("of an idle pool ends at once; a second one, and close(), wait for the same end", async () => {
    const { pool, host } = await fakePool();
    const [a, b] = await during(Promise.all([pool.drain(), pool.drain(), pool.close()]));
    expect([a, b]).toEqual([{ cutOff: 0 }, { cutOff: 0 }]);
    expectNothingLeft(host);
  });

  it("takes only times", async () => {
    const { pool } = await fakePool();
    await expectFailure(pool.drain({ timeoutMs: -1 }), "ERR_WHISPER_INVALID_ARG");
    expect(pool.stats().state).toBe("open");
    await during(pool.close());
  });
});

describe("close()", () => {
  it("rejects what waits and runs, in the midst of a recycle, a resize and a repair", async () => {
    const { pool, host } = await fakePool({ slots: 3 });
    host.failStates = 1;
    const jobs = [
      submit(pool, fakeAudio({ name: "crash", ms: 10, fails: "state" })),
      ...Array.from({ length: 5 }, (_, i) => submit(pool, job(`${i}`, 10_000))),
    ];
    const others = [pool.recycle(), pool.resize(5), pool.recycle({ rung: "process" })];
    const ends = Promise.allSettled([...jobs, ...others]);
    host.failResets = 100;
    await pass(70);
    await during(pool.close());
    const codes = (await ends).map((end) => end.status === "rejected" && end.reason.code);
    console.log(codes.join(" "));
    expect(codes.slice(1, 6)).toEqual(Array(5).fill("ERR_WHISPER_POOL_CLOSED"));
    expectNothingLeft(host);
  });

  it("is what `await using` does", async () => {
    const { pool, host } = await fakePool();
    await during(pool[Symbol.asyncDispose]());
    expectNothingLeft(host);
  });

  it("leaves a handle's segments and status readable", async () => {
    const { pool } = await fakePool();
    const done = submit(pool, job("a"));
    await during(done);
    await during(pool.close());
    const texts: string[] = [];
    for await (const { text } of done) texts.push(text);
    expect([texts, done.status]).toEqual([["a 0", "a 1"], "completed"]);
  });
});

describe("resize()", () => {
  it("adds and takes slots while jobs run, and disturbs none", async () => {
    const { pool, host } = await fakePool({ slots: 1, queue: { maxWaiting: 1000 } });
    const jobs = Array.from({ length: 60 }, (_, i) => submit(pool, job(`${i}`)));
    await during(pool.resize(4));
    expect(pool.stats().slots.map(({ slot }) => slot)).toEqual([0, 1, 2, 3]);
    await during(pool.resize(2));
    expect(pool.stats().slots.map(({ slot }) => slot)).toEqual([0, 1]);
    await during(pool.resize(3));
    expect(host.states.size).toBe(3);
    await during(Promise.all(jobs));
    expect(pool.stats().threadsPerSlot).toBe(1);
    await during(pool.close());
    expectNothingLeft(host);
  });

  it("lets a job on a slot that goes end first; a later change doesn't wait for it", async () => {
    const { pool } = await fakePool({ slots: 2 });
    const long = [submit(pool, job("a", 5000)), submit(pool, job("b", 5000))];
    const smaller = pool.resize(1);
    await pass(100);
    await during(pool.resize(3));
    expect(pool.stats().slots).toHaveLength(4); // one is about to go
    await during(Promise.all(long));
    await during(smaller);
    expect(pool.stats().slots).toHaveLength(3);
    await during(pool.close());
  });

  it("keeps what could be made when memory ends", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const bigger = pool.resize(4);
    bigger.catch(() => {});
    while (host.states.size < 2) await pass(1);
    host.failStates = 10;
    await expectFailure(during(bigger), "ERR_WHISPER_OUT_OF_MEMORY");
    expect(pool.stats().slots.length).toBeGreaterThanOrEqual(2);
    host.failStates = 0;
    await during(pool.resize(4));
    await during(pool.close());
    expectNothingLeft(host);
  });

  it.each([0, 65, 1.5, "2"])("refuses %j", async (slots) => {
    const { pool } = await fakePool();
    await expectFailure(pool.resize(slots as number), "ERR_WHISPER_INVALID_ARG");
    await during(pool.close());
  });
});
