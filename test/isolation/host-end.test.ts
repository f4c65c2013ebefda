// However a host ends, or a pool in it, no engine is left: neither at work, nor as a zombie of a host that lives.

import type { ChildProcess } from "node:child_process";
import { describe, expect, it } from "vitest";
import { WhisperPool } from "../../lib/index.js";
import { type ChildOptions, isLinux, runInChild, type Tools } from "../support/child.js";
import { audioPath } from "../support/micro.js";
import { sleep } from "../support/outcome.js";
import { randomModel } from "../support/random-model.js";
import { until } from "../support/until.js";
import { childrenOf, hasEnded, pidOf, statOf } from "./support.js";

/** Runs a host that reports the pid of its engine, and waits until that has gone. */
async function expectNothingLeft(
  body: (tools: Tools, args: never) => unknown,
  options: ChildOptions = {},
): Promise<void> {
  const pids: number[] = [];
  const { onReport } = options;
  const end = await runInChild(body as never, {
    ...options,
    onReport: (value, child) => {
      if (typeof value === "number") pids.push(value);
      onReport?.(value, child);
    },
  });
  expect(pids.length, end.stderr).toBeGreaterThan(0);
  await until(() => pids.every(hasEnded));
  console.log(`host: ${end.signal ?? end.code}; engine ${pids} has ended`);
}

/** A host whose pool is at work; it reports the engine's pid when a segment has come. */
const atWork = async ({ lib, report, samplesOf }: Tools) => {
  const pool = await lib.WhisperPool.create({
    ...{ isolation: "process", backend: "cpu", slots: 1, threadsPerSlot: 1 },
  });
  for (let i = 0; i < 20; i++) {
    pool.transcribe(samplesOf("long-75s.wav")).catch(() => {});
  }
  const job = pool.transcribe(samplesOf("long-75s.wav"), { priority: 9 });
  for await (const _ of job) break;
  report(pool.stats().engines[0]?.pid);
  await new Promise(() => {});
};

describe.runIf(isLinux)("a host that is killed", () => {
  it("in mid-job", () =>
    expectNothingLeft(atWork, { onReport: (_, child) => child.kill("SIGKILL") }));

  it("while its engine is stopped in mid-job", () =>
    expectNothingLeft(atWork, {
      onReport: (pid, child) => {
        process.kill(pid as number, "SIGSTOP");
        child.kill("SIGKILL");
      },
    }));

  it("while its engine is idle", () =>
    expectNothingLeft(
      async ({ lib, report }) => {
        const pool = await lib.WhisperPool.create({
          isolation: "process",
          slots: 1,
          threadsPerSlot: 1,
        });
        report(pool.stats().engines[0]?.pid);
      },
      { onReport: (_, child) => child.kill("SIGKILL") },
    ));

  it.each([0, 20, 60, 150, 300])(
    "while its engine starts and loads, %i ms after its birth",
    async (ms) => {
      const engines: number[] = [];
      const killSoon = async (host: ChildProcess) => {
        const pid = host.pid as number;
        await until(() => childrenOf(pid).length > 0);
        engines.push(...childrenOf(pid));
        await sleep(ms);
        host.kill("SIGKILL");
      };
      const end = await runInChild(
        async ({ lib }, model: string) => {
          await lib.WhisperPool.create({
            model,
            isolation: "process",
            slots: 2,
            threadsPerSlot: 1,
          });
          await new Promise(() => {});
        },
        { args: randomModel("base"), onStart: (host) => void killSoon(host) },
      );
      expect(end.signal).toBe("SIGKILL");
      expect(engines.length).toBe(1);
      await until(() => engines.every(hasEnded));
    },
  );
});

describe.runIf(isLinux)("a host that ends itself", () => {
  it("by process.exit() in mid-job", () =>
    expectNothingLeft(async ({ lib, report, samplesOf }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "process",
        slots: 1,
        threadsPerSlot: 1,
      });
      const job = pool.transcribe(samplesOf("long-75s.wav"));
      for await (const _ of job) {
        report(pool.stats().engines[0]?.pid);
        process.exit(0);
      }
    }));

  it("by an uncaught exception", () =>
    expectNothingLeft(async ({ lib, report, samplesOf }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "process",
        slots: 1,
        threadsPerSlot: 1,
      });
      pool.transcribe(samplesOf("long-75s.wav")).catch(() => {});
      report(pool.stats().engines[0]?.pid);
      setTimeout(() => {
        throw new Error("somebody's bug");
      }, 100);
      await new Promise(() => {});
    }));

  it("by having nothing left to do after close(): code 0, and no output", async () => {
    const end = await runInChild(async ({ lib, report, samplesOf }) => {
      const pool = await lib.WhisperPool.create({
        isolation: "process",
        slots: 2,
        threadsPerSlot: 1,
      });
      report((await pool.transcribe(samplesOf("en-00.wav"))).text);
      await pool.close();
    });
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(end.reports).toEqual(["four"]);
  });
});

describe.runIf(isLinux)("a pool that ends leaves no process, and no zombie:", () => {
  const make = () =>
    WhisperPool.create({ isolation: "process", backend: "cpu", slots: 2, threadsPerSlot: 1 });

  it("close() of an idle one, and of one at work", async () => {
    for (const jobs of [0, 3]) {
      const pool = await make();
      const pid = pidOf(pool);
      const running = Array.from({ length: jobs }, () =>
        pool.transcribe(audioPath("long-75s.wav"), { strategy: "beam" }).catch(() => {}),
      );
      await pool.close();
      expect(statOf(pid)).toBeUndefined();
      await Promise.all(running);
    }
  });

  it("drain(), in time and too late", async () => {
    for (const timeoutMs of [undefined, 20]) {
      const pool = await make();
      const pid = pidOf(pool);
      const jobs = [1, 2, 3].map(() => pool.transcribe(audioPath("en-digits.wav")).catch(() => {}));
      await pool.drain({ timeoutMs });
      await Promise.all(jobs);
      expect(statOf(pid)).toBeUndefined();
    }
  });

  it("close() right after its engine was killed, stopped, and in mid-recycle", async () => {
    for (const signal of ["SIGKILL", "SIGSTOP", undefined] as const) {
      const pool = await WhisperPool.create({
        ...{ isolation: "process", slots: 1, threadsPerSlot: 1, engine: { stallMs: 2000 } },
      });
      const pid = pidOf(pool);
      const recycle = signal ? undefined : pool.recycle({ rung: "process" }).catch((e) => e.code);
      if (signal) process.kill(pid, signal);
      await pool.close();
      if (recycle) expect(await recycle).toBe("ERR_WHISPER_POOL_CLOSED");
      expect(statOf(pid)).toBeUndefined();
    }
  });

  it("close() at any moment of a recycle of the process tells it that the pool was closed", async () => {
    for (const ms of [1, 10, 30, 60, 100, 200]) {
      const pool = await make();
      const recycle = pool.recycle({ rung: "process" }).then(
        () => "done",
        (error) => error.code,
      );
      await sleep(ms);
      await pool.close();
      expect(["ERR_WHISPER_POOL_CLOSED", "done"]).toContain(await recycle);
    }
    expect(childrenOf(process.pid)).toEqual([]);
  });
});

describe.runIf(isLinux)("a worker thread with a pool", () => {
  it.each([0, 200])("that is terminated at work after %i ms: its engine ends", (ms) =>
    expectNothingLeft(
      async ({ workers, workerFile, report, fs, sleep }, ms: number) => {
        const worker = new workers.Worker(workerFile);
        const pid = await new Promise((resolve) => worker.once("message", resolve));
        report(pid);
        await sleep(ms);
        await worker.terminate();
        let state: string | undefined = "?";
        for (let i = 0; i < 100 && state !== undefined && state !== "Z"; i++) {
          await sleep(50);
          try {
            state = /\) (\w)/.exec(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];
          } catch {
            state = undefined;
          }
        }
        report({ state: state ?? "gone" });
      },
      {
        args: ms as never,
        onReport: (value) => {
          // Nobody waits for it any more: the system keeps its exit code until this process ends.
          if (typeof value === "object")
            console.log(`state of the engine: ${JSON.stringify(value)}`);
        },
        worker: async ({ lib, workers, samplesOf }) => {
          const pool = await lib.WhisperPool.create({
            isolation: "process",
            slots: 1,
            threadsPerSlot: 1,
          });
          for (let i = 0; i < 6; i++) {
            pool.transcribe(samplesOf("long-75s.wav")).catch(() => {});
          }
          workers.parentPort?.postMessage(pool.stats().engines[0]?.pid);
        },
      },
    ),
  );

  it("that closes it ends by itself, beside one on the main thread", async () => {
    const end = await runInChild(
      async ({ lib, workers, workerFile, report, samplesOf }) => {
        const worker = new workers.Worker(workerFile);
        const exit = new Promise((resolve) => worker.on("exit", resolve));
        worker.on("message", report);
        const pool = await lib.WhisperPool.create({
          isolation: "process",
          slots: 1,
          threadsPerSlot: 1,
        });
        report({ exit: await exit });
        report((await pool.transcribe(samplesOf("en-00.wav"))).text);
        await pool.close();
      },
      {
        worker: async ({ lib, workers, samplesOf }) => {
          const pool = await lib.WhisperPool.create({
            isolation: "process",
            slots: 1,
            threadsPerSlot: 1,
          });
          workers.parentPort?.postMessage((await pool.transcribe(samplesOf("en-00.wav"))).text);
          await pool.close();
        },
      },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(end.reports).toEqual(["four", { exit: 0 }, "four"]);
  });
});
