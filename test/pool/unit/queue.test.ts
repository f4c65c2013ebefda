// Who waits for whom, for how long, and who is turned away.

import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WhisperPoolError } from "../../../lib/index.js";
import { expectFailure } from "../../support/outcome.js";
import { type FakeWork, fakeAudio } from "../fake/engine.js";
import { during, fakePool, pass, stopClock, submit } from "../fake/pool.js";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

const job = (name: string, ms = 100, more: Partial<FakeWork> = {}) =>
  fakeAudio({ name, ms, ...more });

/** Names of the jobs in the order in which they began. */
const begun = (history: string[]) =>
  history.filter((what) => what.startsWith("job")).map((what) => what.split(" ")[1]);

describe("the order of jobs", () => {
  it("is priority, then first in first out", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const priorities = { first: 0, a: 0, b: 2, c: -1, d: 2, e: 0, f: 1 };
    const jobs = Object.entries(priorities).map(([name, priority]) =>
      submit(pool, job(name), { priority }),
    );
    expect(jobs.map(({ status }) => status)).toEqual(["running", ...Array(6).fill("waiting")]);
    await during(Promise.all(jobs));
    expect(begun(host.history)).toEqual(["first", "b", "d", "f", "a", "e", "c"]);
    await during(pool.close());
  });

  it("gives all slots their share", async () => {
    const { pool } = await fakePool({ slots: 3 });
    for (let i = 0; i < 30; i++) await during(submit(pool, job(`${i}`, 10)));
    expect(pool.stats().slots.map(({ jobs }) => jobs)).toEqual([10, 10, 10]);
    await during(pool.close());
  });
});

describe("a flood of long jobs of low priority", () => {
  const flood = async (reservedSlots: number) => {
    const { pool } = await fakePool({ slots: 2, queue: { reservedSlots, maxWaiting: 1000 } });
    const long = Array.from({ length: 50 }, (_, i) => submit(pool, job(`long ${i}`, 60_000)));
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      const { timing } = await during(submit(pool, job(`short ${i}`, 100), { priority: 1 }));
      waits.push(timing.queueMs);
      await pass(5000);
    }
    for (const each of long) each.cancel();
    await Promise.allSettled(long);
    await during(pool.close());
    return Math.max(...waits);
  };

  it("holds up short ones of high priority by one of them at most", async () => {
    const most = await flood(0);
    console.log(`longest wait without a reserved slot: ${most} ms`);
    expect(most).toBeLessThanOrEqual(60_000 + 10); // and its reset
  });

  it("doesn't hold them up at all with a reserved slot", async () => {
    expect(await flood(1)).toBe(0);
  });

  it("always has one slot left, however few there are", async () => {
    const { pool } = await fakePool({ slots: 3, queue: { reservedSlots: 2 } });
    await during(pool.resize(1));
    expect((await during(submit(pool, job("a")))).text).toBe("a after 0");
    await during(pool.close());
  });

  it("lets a job of high priority have a reserved slot when the queue is full", async () => {
    const { pool } = await fakePool({ slots: 2, queue: { reservedSlots: 1, maxWaiting: 1 } });
    const jobs = [submit(pool, job("a")), submit(pool, job("b"))];
    await expectFailure(submit(pool, job("c")), "ERR_WHISPER_QUEUE_FULL");
    expect(submit(pool, job("d"), { priority: 1 }).status).toBe("running");
    await during(Promise.all(jobs));
    await during(pool.close());
  });
});

describe("limits", () => {
  it.each([0, 1, 5])("maxWaiting %i: one more is turned away at once", async (maxWaiting) => {
    const { pool } = await fakePool({ slots: 2, queue: { maxWaiting } });
    const jobs = Array.from({ length: 2 + maxWaiting }, (_, i) => submit(pool, job(`${i}`)));
    const error = await expectFailure(submit(pool, job("x")), "ERR_WHISPER_QUEUE_FULL");
    expect(error).toBeInstanceOf(WhisperPoolError);
    expect(pool.stats().queue).toMatchObject({ waiting: maxWaiting, maxWaiting });
    expect(pool.stats().counters).toMatchObject({
      accepted: 2 + maxWaiting,
      refused: { queueFull: 1, notOpen: 0, invalid: 0 },
    });
    await during(Promise.all(jobs));
    // Who comes back with the next job finds a place, although the states are being reset.
    const next = [submit(pool, job("y")), submit(pool, job("z"))];
    await during(Promise.all(next));
    await during(pool.close());
  });

  it("maxWaitMs ends waiting, not running; a job's own one counts before the pool's", async () => {
    const { pool, host } = await fakePool({ slots: 1, queue: { maxWaitMs: 500 } });
    const running = submit(pool, job("running", 2000));
    const waiting = submit(pool, job("waiting"));
    const patient = submit(pool, job("patient"), { maxWaitMs: 5000 });
    await pass(499);
    expect(waiting.status).toBe("waiting");
    await pass(1);
    await expectFailure(waiting, "ERR_WHISPER_QUEUE_TIMEOUT", /500 ms \(maxWaitMs\)/);
    expect(waiting.status).toBe("timed-out");
    await during(Promise.all([running, patient]));
    expect(begun(host.history)).toEqual(["running", "patient"]);
    await during(pool.close());
  });

  it("timeoutMs covers waiting and running, and frees the slot", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const running = submit(pool, job("running", 10_000), { timeoutMs: 1000 });
    const waiting = submit(pool, job("waiting"), { timeoutMs: 800 });
    const next = submit(pool, job("next"));
    await pass(800);
    await expectFailure(waiting, "ERR_WHISPER_JOB_TIMEOUT", /800 ms .*still waiting/);
    await pass(200);
    await expectFailure(running, "ERR_WHISPER_JOB_TIMEOUT", /1000 ms .*it was running/);
    const { timing } = await during(next);
    expect(timing.queueMs).toBeLessThanOrEqual(1000 + 10);
    expect(pool.stats().counters.outcomes).toMatchObject({ completed: 1, "timed-out": 2 });
    await during(pool.close());
  });
});

it("a job takes its timers along", async () => {
  const { pool } = await fakePool();
  const timers = vi.getTimerCount();
  await during(submit(pool, job("a"), { timeoutMs: 3_600_000, maxWaitMs: 3_600_000 }));
  await pass(100);
  expect(vi.getTimerCount()).toBe(timers);
  await during(pool.close());
});

describe("cancelling", () => {
  it("a waiting job never touches a slot; the reason is the cause", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const running = submit(pool, job("running"));
    const waiting = submit(pool, job("waiting"));
    waiting.cancel("not needed");
    const error = await expectFailure(waiting, "ERR_WHISPER_ABORTED");
    expect(error.cause).toBe("not needed");
    expect(waiting.status).toBe("cancelled");
    expect(pool.stats().queue.waiting).toBe(0);
    await during(running);
    expect(begun(host.history)).toEqual(["running"]);
    await during(pool.close());
  });

  it("a running job rejects at once; its slot is free when the state is", async () => {
    const { pool, host } = await fakePool({ slots: 1 });
    const running = submit(pool, job("running", 10_000, { stopMs: 300 }));
    const next = submit(pool, job("next"));
    await pass(100);
    running.cancel();
    await expectFailure(running, "ERR_WHISPER_ABORTED");
    await pass(299);
    expect([next.status, pool.stats().slots[0]?.status]).toEqual(["waiting", "cleaning"]);
    expect((await during(next)).text).toBe("next after 0");
    await during(pool.close());
    expect(host.broken).toEqual([]);
  });

  it("works by signal, also by one that was aborted before", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const controller = new AbortController();
    const running = submit(pool, job("running"), { signal: controller.signal });
    controller.abort("enough");
    expect((await expectFailure(running, "ERR_WHISPER_ABORTED")).cause).toBe("enough");
    await expectFailure(
      submit(pool, job("late"), { signal: controller.signal }),
      "ERR_WHISPER_ABORTED",
    );
    await during(pool.close());
  });

  it("has no effect after the end", async () => {
    const { pool } = await fakePool();
    const done = submit(pool, job("done"));
    await during(done);
    done.cancel();
    expect([done.status, done.progress]).toEqual(["completed", 1]);
    await during(pool.close());
  });
});

describe("audio", () => {
  it("of the next job is decoded while others run; of those behind it, not yet", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const jobs = [
      submit(pool, job("a", 1000, { decodeMs: 10 })),
      submit(pool, job("b", 10, { decodeMs: 300 })),
      submit(pool, job("c", 10, { decodeMs: 300 })),
    ];
    const [a, b, c] = await during(Promise.all(jobs));
    expect([a, b, c].map((result) => result?.timing.decodeAudioMs)).toEqual([10, 300, 300]);
    // b's was ready when the slot was, c's had b's 10 ms only.
    expect(b?.timing.totalMs).toBeLessThan(1050);
    expect(c?.timing.totalMs).toBeGreaterThan(1300);
    await during(pool.close());
  });

  it("that is broken fails its job before a slot is free", async () => {
    const { pool } = await fakePool({ slots: 1 });
    const running = submit(pool, job("running", 1000));
    const broken = submit(pool, job("broken", 10, { fails: "audio", decodeMs: 20 }));
    await pass(20);
    await expectFailure(broken, "ERR_WHISPER_AUDIO_INVALID");
    expect(running.status).toBe("running");
    await during(running);
    await during(pool.close());
  });

  it("and options that are wrong never get as far as the queue, and a stream is given up", async () => {
    const { pool } = await fakePool();
    const stream = Readable.from([new Uint8Array(10)]);
    const wrong: [unknown, object, RegExp][] = [
      [stream, { threads: 2 }, /threads must be left out/],
      [job("a"), { priority: 1.5 }, /priority/],
      [job("a"), { timeoutMs: 0 }, /timeoutMs/],
      [job("a"), { maxWaitMs: 2 ** 31 }, /maxWaitMs/],
      [job("a"), { id: "" }, /id must/],
      [job("a"), { sessionId: "x".repeat(257) }, /sessionId/],
      [job("a"), { temperature: 2 }, /temperature/],
      [job("a"), { colour: "red" }, /colour/],
      [job("a"), { signal: "now" }, /signal/],
      [job("a"), { ffmpeg: 3 }, /ffmpeg/],
      [42, {}, /audio/],
      ["", {}, /audio/],
    ];
    for (const [audio, options, message] of wrong) {
      await expectFailure(
        submit(pool, audio as never, options as never),
        "ERR_WHISPER_INVALID_ARG",
        message,
      );
    }
    expect(stream.destroyed).toBe(true);
    expect(pool.stats().counters).toMatchObject({
      accepted: 0,
      refused: { invalid: wrong.length },
    });
    await during(pool.close());
  });
});

it("a signal that ends several thousand jobs doesn't warn of a leak", async () => {
  const warned = vi.fn();
  process.on("warning", warned);
  const { pool } = await fakePool({ queue: { maxWaiting: 5000 } });
  const controller = new AbortController();
  const jobs = Array.from({ length: 3000 }, (_, i) =>
    submit(pool, job(`${i}`), { signal: controller.signal }),
  );
  controller.abort();
  const ends = await Promise.allSettled(jobs);
  expect(ends.every(({ status }) => status === "rejected")).toBe(true);
  await during(pool.close());
  process.off("warning", warned);
  expect(warned).not.toHaveBeenCalled();
});
