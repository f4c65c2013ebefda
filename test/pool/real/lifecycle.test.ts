// How processes with pools live and end. Each child must end by itself, with the expected code, and print nothing.

import { afterAll, describe, expect, it } from "vitest";
import {
  type ChildEnd,
  type ChildOptions,
  isLinux,
  runInChild,
  type Tools,
} from "../../support/child.js";
import { reference } from "../../support/micro.js";
import { randomModel } from "../../support/random-model.js";

const FOUR = reference("en-00.wav").text;
const CLOSED = "ERR_WHISPER_POOL_CLOSED";

const ran: string[] = [];
afterAll(() => console.log(ran.join("\n")));

async function expectCleanEnd(
  body: (tools: Tools, args: never) => unknown,
  options: ChildOptions = {},
): Promise<ChildEnd> {
  const end = await runInChild(body as (tools: Tools, args: unknown) => unknown, options);
  ran.push(`${expect.getState().currentTestName}: ${JSON.stringify(end.reports)}`);
  expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
  return end;
}

describe("an open pool", () => {
  it("keeps its process alive while it is idle, and no longer than until close()", async () => {
    const end = await expectCleanEnd(({ lib, report }) => {
      // No top-level await and nothing pending but the pool itself.
      process.on("exit", () => report("exit"));
      lib.WhisperPool.create({ isolation: "thread", slots: 1, threadsPerSlot: 1 }).then((pool) => {
        // Timers and handles of the test's own that don't keep the process alive.
        setTimeout(() => report("alive"), 600).unref();
        setTimeout(() => pool.close().then(() => report("closed")), 900).unref();
        report("open");
      });
    });
    expect(end.reports).toEqual(["open", "alive", "closed", "exit"]);
  });

  it("keeps it alive until a job without a reader is done, and is closed after it", async () => {
    const end = await expectCleanEnd(({ lib, report, samplesOf }) => {
      lib.WhisperPool.create({ isolation: "thread", slots: 2, threadsPerSlot: 1 }).then((pool) => {
        pool.on("job", ({ outcome }) => {
          report(outcome);
          void pool.close();
        });
        void pool.transcribe(samplesOf("en-00.wav"));
      });
    });
    expect(end.reports).toEqual(["completed"]);
  });

  it("is closed by [Symbol.asyncDispose](), which `await using` calls", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf, threads }) => {
      lib.systemInfo();
      const before = process.platform === "linux" ? threads() : 0;
      const pool = await lib.WhisperPool.create({
        isolation: "thread",
        slots: 2,
        threadsPerSlot: 1,
      });
      report((await pool.transcribe(samplesOf("en-00.wav"))).text);
      await pool[Symbol.asyncDispose]();
      report(pool.stats().state);
      report(process.platform === "linux" ? threads() - before : 0);
    });
    expect(end.reports.slice(0, 2)).toEqual([FOUR, "closed"]);
    expect(end.reports[2]).toBeLessThanOrEqual(1);
  });

  it("isn't forgotten: unreachable and collected, it still serves", async () => {
    const end = await expectCleanEnd(
      async ({ lib, report, samplesOf, collect }) => {
        const jobs: PromiseLike<{ text: string }>[] = [];
        const close = await (async () => {
          const pool = await lib.WhisperPool.create({
            isolation: "thread",
            slots: 1,
            threadsPerSlot: 1,
          });
          jobs.push(
            pool.transcribe(samplesOf("en-00.wav")),
            pool.transcribe(samplesOf("en-00.wav")),
          );
          return () => pool.close();
        })();
        await collect();
        for (const job of jobs) report((await job).text);
        await close();
      },
      { flags: ["--expose-gc"] },
    );
    expect(end.reports).toEqual([FOUR, FOUR]);
  });
});

describe("drain()", () => {
  it("finishes what runs and waits, takes nothing more, and the process ends", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf, outcome }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "thread",
        slots: 2,
        threadsPerSlot: 1,
      });
      const jobs = Array.from({ length: 7 }, () => pool.transcribe(samplesOf("en-00.wav")));
      const draining = pool.drain();
      report(pool.stats().state);
      const late = await outcome(pool.transcribe(samplesOf("en-00.wav")));
      report(late.ok ? "accepted" : late.code);
      report(await draining);
      report((await Promise.all(jobs)).map(({ text }) => text));
      report(pool.stats().state);
    });
    expect(end.reports).toEqual([
      ...["draining", CLOSED, { cutOff: 0 }, Array(7).fill(FOUR), "closed"],
    ]);
  });

  it("with timeoutMs 0 rejects the rest, and tells how many", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf, outcome, sleep }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "thread",
        slots: 2,
        threadsPerSlot: 1,
      });
      const long = samplesOf("long-75s.wav");
      const jobs = Array.from({ length: 5 }, () =>
        outcome(pool.transcribe(long, { strategy: "beam" })),
      );
      await sleep(50);
      report(await pool.drain({ timeoutMs: 0 }));
      report((await Promise.all(jobs)).map((job) => (job.ok ? "done" : job.code)));
    });
    expect(end.reports).toEqual([{ cutOff: 5 }, Array(5).fill(CLOSED)]);
  });

  it("with a limit lets those end that do in time", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf, outcome }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "thread",
        slots: 1,
        threadsPerSlot: 1,
      });
      const quick = outcome(pool.transcribe(samplesOf("en-00.wav")));
      const storm = { logprobThreshold: 0, noSpeechThreshold: 1000, strategy: "beam" } as const;
      const slow = Array.from({ length: 4 }, () =>
        outcome(pool.transcribe(samplesOf("long-75s.wav"), storm)),
      );
      const { cutOff } = await pool.drain({ timeoutMs: 2500 });
      const cut = (await Promise.all(slow)).filter(({ ok }) => !ok).length;
      report([(await quick).ok, cut > 0, cutOff === cut]);
    });
    expect(end.reports).toEqual([[true, true, true]]);
  });

  it("in the midst of a recycle, and close() after it, at the same time", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf, outcome }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "thread",
        slots: 2,
        threadsPerSlot: 1,
      });
      const jobs = [0, 1, 2].map(() => outcome(pool.transcribe(samplesOf("en-00.wav"))));
      const recycle = outcome(pool.recycle());
      const ends = [outcome(pool.drain()), outcome(pool.close()), outcome(pool.close())];
      const all = await Promise.all([recycle, ...jobs, ...ends]);
      report(all.map((one) => (one.ok ? "ok" : one.code)));
    });
    expect(end.reports).toEqual([[CLOSED, CLOSED, CLOSED, CLOSED, "ok", "ok", "ok"]]);
  });
});

describe("process.exit() is clean", () => {
  it.each([5, 60, 250])("with busy slots, waiting jobs and a recycle, after %i ms", async (ms) => {
    await expectCleanEnd(
      async ({ lib, samplesOf }, ms: number) => {
        const pool = await lib.WhisperPool.create({
          isolation: "thread",
          slots: 2,
          threadsPerSlot: 1,
        });
        for (let i = 0; i < 8; i++) {
          pool.transcribe(samplesOf("long-75s.wav"), { strategy: "beam" }).catch(() => {});
        }
        pool.recycle().catch(() => {});
        setTimeout(() => process.exit(0), ms);
        await new Promise(() => {});
      },
      { args: ms },
    );
  });

  it("in the midst of create()", () =>
    expectCleanEnd(
      async ({ lib }, model: string) => {
        setTimeout(() => process.exit(0), 60);
        await lib.WhisperPool.create({ isolation: "thread", model, slots: 2, threadsPerSlot: 1 });
        await new Promise(() => {});
      },
      { args: randomModel("tiny") },
    ));

  it("with an idle pool", () =>
    expectCleanEnd(async ({ lib }) => {
      await lib.WhisperPool.create({ isolation: "thread", slots: 2, threadsPerSlot: 1 });
      process.exit(0);
    }));
});

describe("several pools", () => {
  it("in one process are apart: each has its own jobs and its own end", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf, outcome, micro }) => {
      const options = { isolation: "thread", slots: 1, threadsPerSlot: 1 } as const;
      const [one, other] = await Promise.all([
        lib.WhisperPool.create(options),
        lib.WhisperPool.create({ ...options, model: micro.f16 }),
      ]);
      const four = samplesOf("en-00.wav");
      const long = outcome(one.transcribe(samplesOf("long-75s.wav"), { strategy: "beam" }));
      report((await other.transcribe(four)).text);
      await one.close();
      const ended = await long;
      report(ended.ok ? "done" : ended.code);
      report((await other.transcribe(four)).text);
      report([one.info.model.quantization, other.info.model.quantization]);
      report([one.stats().counters.accepted, other.stats().counters.accepted]);
      await other.close();
    });
    expect(end.reports).toEqual([FOUR, CLOSED, FOUR, ["q5_0", "f16"], [1, 2]]);
  });

  it("in a worker thread, beside one on the main thread; the worker ends by itself", async () => {
    const end = await expectCleanEnd(
      async ({ lib, workers, workerFile, report, samplesOf }) => {
        const worker = new workers.Worker(workerFile);
        const exit = new Promise((resolve) => worker.on("exit", resolve));
        worker.on("message", report);
        const pool = await lib.WhisperPool.create({
          isolation: "thread",
          slots: 1,
          threadsPerSlot: 1,
        });
        await pool.transcribe(samplesOf("en-00.wav"));
        report({ exit: await exit });
        report((await pool.transcribe(samplesOf("en-00.wav"))).text);
        await pool.close();
      },
      {
        worker: async ({ lib, workers, samplesOf }) => {
          const pool = await lib.WhisperPool.create({
            isolation: "thread",
            slots: 2,
            threadsPerSlot: 1,
          });
          const jobs = [0, 1, 2].map(() => pool.transcribe(samplesOf("en-00.wav")));
          await pool.recycle();
          workers.parentPort?.postMessage((await Promise.all(jobs)).map(({ text }) => text));
          await pool.close();
        },
      },
    );
    expect(end.reports).toEqual([[FOUR, FOUR, FOUR], { exit: 0 }, FOUR]);
  });

  it.each([0, 40, 300])("terminate() of a worker with a busy pool, after %i ms", async (ms) => {
    const end = await expectCleanEnd(
      async ({ lib, workers, workerFile, report, samplesOf, sleep }, ms: number) => {
        const worker = new workers.Worker(workerFile);
        await new Promise((resolve) => worker.once("message", resolve));
        await sleep(ms);
        await worker.terminate();
        const pool = await lib.WhisperPool.create({
          isolation: "thread",
          slots: 1,
          threadsPerSlot: 1,
        });
        report((await pool.transcribe(samplesOf("en-00.wav"))).text);
        await pool.close();
      },
      {
        args: ms,
        worker: async ({ lib, workers, samplesOf }) => {
          const pool = await lib.WhisperPool.create({
            isolation: "thread",
            slots: 2,
            threadsPerSlot: 1,
          });
          for (let i = 0; i < 6; i++) {
            pool.transcribe(samplesOf("long-75s.wav"), { strategy: "beam" }).catch(() => {});
          }
          pool.recycle().catch(() => {});
          workers.parentPort?.postMessage("busy");
        },
      },
    );
    expect(end.reports).toEqual([FOUR]);
  });
});

describe("create() that is aborted", () => {
  it.each([0, 10, 40, 100, 250])("after %i ms leaves nothing", async (ms) => {
    const end = await expectCleanEnd(
      async ({ lib, report, outcome, threads, sleep }, [model, ms]: [string, number]) => {
        // What Node and OpenMP start on first use is there after this.
        await (
          await lib.WhisperPool.create({ isolation: "thread", slots: 1, threadsPerSlot: 1 })
        ).close();
        await sleep(50);
        const before = process.platform === "linux" ? threads() : 0;
        const controller = new AbortController();
        const making = outcome(
          lib.WhisperPool.create({
            isolation: "thread",
            model,
            slots: 2,
            threadsPerSlot: 1,
            signal: controller.signal,
          }),
        );
        setTimeout(() => controller.abort("changed my mind"), ms);
        const made = await making;
        report(made.ok ? "made" : made.code);
        if (made.ok)
          await (made.value as Awaited<ReturnType<typeof lib.WhisperPool.create>>).close();
        await sleep(50);
        report(process.platform === "linux" ? threads() - before : 0);
      },
      { args: [randomModel("tiny"), ms] },
    );
    const [how, threads] = end.reports;
    // A machine may be fast enough to have it made by then.
    if (ms <= 40) expect(how).toBe("ERR_WHISPER_ABORTED");
    else expect(["ERR_WHISPER_ABORTED", "made"]).toContain(how);
    if (isLinux) expect(threads).toBeLessThanOrEqual(0);
  });

  it("before it begins, does nothing; one that fails leaves nothing either", async () => {
    const end = await expectCleanEnd(async ({ lib, report, outcome }) => {
      const signal = AbortSignal.abort();
      for (const options of [{ signal }, { model: "/nowhere.bin" }, { slots: 0 }, { logger: {} }]) {
        const made = await outcome(lib.WhisperPool.create(options as never));
        report(made.ok ? "made" : made.code);
      }
    });
    expect(end.reports).toEqual([
      ...["ERR_WHISPER_ABORTED", "ERR_WHISPER_MODEL_NOT_FOUND"],
      ...["ERR_WHISPER_INVALID_ARG", "ERR_WHISPER_INVALID_ARG"],
    ]);
  });
});
