import { describe, expect, it } from "vitest";
import { type ChildEnd, type ChildOptions, runInChild, type Tools } from "../support/child.js";
import { reference } from "../support/micro.js";
import { randomModel } from "../support/random-model.js";

const FOUR = reference("en-00.wav").text;

async function expectCleanEnd(
  body: (tools: Tools, args: never) => unknown,
  options: ChildOptions = {},
): Promise<ChildEnd> {
  const end = await runInChild(body as (tools: Tools, args: unknown) => unknown, options);
  expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
  return end;
}

/** A worker that transcribes, says the text, and ends. */
async function transcribing({ lib, workers, samplesOf }: Tools): Promise<void> {
  const context = await lib.WhisperContext.create();
  const state = await context.createState();
  for (let i = 0; i < 2; i++) {
    const { text } = await state.transcribe(samplesOf("en-00.wav"), { threads: 1 });
    workers.parentPort?.postMessage(text);
  }
  if (workers.threadId % 2) await context.free();
}

describe("worker threads", () => {
  it("20 in sequence, some without free(): each gives its texts and ends by itself", async () => {
    const end = await expectCleanEnd(
      async ({ workers, workerFile, report, threads }) => {
        const counts: number[] = [];
        for (let i = 0; i < 20; i++) {
          const worker = new workers.Worker(workerFile);
          worker.on("message", report);
          const code = await new Promise((resolve) => worker.on("exit", resolve));
          if (code !== 0) throw new Error(`worker ended with ${code}`);
          counts.push(threads());
        }
        if (process.platform === "linux" && (counts[19] ?? 99) > (counts[2] ?? 0) + 3) {
          throw new Error(`threads are left: ${counts}`);
        }
      },
      { worker: transcribing },
    );
    expect(end.reports).toEqual(Array(40).fill(FOUR));
  });

  it("two at the same time, and the main thread with them", async () => {
    const end = await expectCleanEnd(
      async ({ workers, workerFile, report, lib, samplesOf }) => {
        const ended = [1, 2].map(() => {
          const worker = new workers.Worker(workerFile);
          worker.on("message", report);
          return new Promise((resolve) => worker.on("exit", resolve));
        });
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        for (let i = 0; i < 4; i++) {
          report((await state.transcribe(samplesOf("en-00.wav"), { threads: 1 })).text);
        }
        const codes = await Promise.all(ended);
        if (codes.some(Boolean)) throw new Error(`workers ended with ${codes}`);
        report((await state.transcribe(samplesOf("en-00.wav"), { threads: 1 })).text);
        await context.free();
      },
      { worker: transcribing },
    );
    expect(end.reports).toEqual(Array(9).fill(FOUR));
  });

  it.each([0, 3, 10, 30])("terminate() in mid-load, after %i ms", async (ms) => {
    await expectCleanEnd(
      async ({ workers, workerFile, sleep }, [, ms]: [string, number]) => {
        const worker = new workers.Worker(workerFile);
        await new Promise((resolve) => worker.once("message", resolve));
        await sleep(ms);
        await worker.terminate();
      },
      {
        args: [randomModel("base"), ms],
        worker: async ({ lib, workers }, [model]: [string]) => {
          workers.parentPort?.postMessage("loading");
          await lib.WhisperContext.create(model, { onLog: () => {} });
        },
      },
    );
  });

  it("terminate() in mid-job: in mel, encoder and decoder; the main thread works on", async () => {
    const end = await expectCleanEnd(
      async ({ workers, workerFile, sleep, report, lib, samplesOf }) => {
        for (const ms of [0, 30, 100, 300, 600]) {
          const worker = new workers.Worker(workerFile);
          await new Promise((resolve) => worker.once("message", resolve));
          await sleep(ms);
          await worker.terminate();
        }
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        report((await state.transcribe(samplesOf("en-00.wav"), { threads: 1 })).text);
        await context.free();
      },
      {
        worker: async ({ lib, workers, samplesOf }) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          const job = state.transcribe(samplesOf("long-75s.wav"), {
            ...{ threads: 1, strategy: "beam", beamSize: 8, logprobThreshold: 0 },
            onProgress: () => {},
          });
          workers.parentPort?.postMessage("running");
          for await (const segment of job) workers.parentPort?.postMessage(segment.text);
        },
      },
    );
    expect(end.reports).toEqual([FOUR]);
  });

  it("process.exit() of the process while a worker works", () =>
    expectCleanEnd(
      async ({ workers, workerFile, sleep }) => {
        const worker = new workers.Worker(workerFile);
        await new Promise((resolve) => worker.once("message", resolve));
        await sleep(50);
        process.exit(0);
      },
      {
        worker: async ({ lib, workers, samplesOf }) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          workers.parentPort?.postMessage("running");
          await state.transcribe(samplesOf("long-75s.wav"), { threads: 1, strategy: "beam" });
        },
      },
    ));

  it("process.exit() in a worker ends that worker only", async () => {
    const end = await expectCleanEnd(
      async ({ workers, workerFile, report }) => {
        const worker = new workers.Worker(workerFile);
        report(await new Promise((resolve) => worker.on("exit", resolve)));
      },
      {
        worker: async ({ lib, samplesOf }) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          void state.transcribe(samplesOf("long-75s.wav"), { threads: 1 });
          setTimeout(() => process.exit(5), 100);
        },
      },
    );
    expect(end.reports).toEqual([5]);
  });

  it("an error in a worker in mid-job reaches the main thread as ever", async () => {
    const end = await expectCleanEnd(
      async ({ workers, workerFile, report }) => {
        const worker = new workers.Worker(workerFile);
        worker.on("error", (error) => report(error.message));
        await new Promise((resolve) => worker.on("exit", resolve));
      },
      {
        worker: async ({ lib, samplesOf }) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          setTimeout(() => {
            throw new Error("a worker's bug");
          }, 100);
          await state.transcribe(samplesOf("long-75s.wav"), { threads: 1 });
        },
      },
    );
    expect(end.reports).toEqual(["a worker's bug"]);
  });
});
