// How processes end. Every child must end by itself, with the expected code, and print nothing.

import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { type ChildEnd, type ChildOptions, runInChild, type Tools } from "../support/child.js";
import { reference } from "../support/micro.js";
import { randomModel } from "../support/random-model.js";

const clean = { code: 0, signal: null, stdout: "", stderr: "" };

async function expectCleanEnd(
  body: (tools: Tools, args: never) => unknown,
  options: ChildOptions = {},
): Promise<ChildEnd> {
  const end = await runInChild(body as (tools: Tools, args: unknown) => unknown, options);
  expect(end).toMatchObject(clean);
  return end;
}

describe("freeing", () => {
  it("a context with live states, idle and busy", () =>
    expectCleanEnd(async ({ lib, samplesOf, outcome }) => {
      const context = await lib.WhisperContext.create();
      const [idle, busy] = await Promise.all([context.createState(), context.createState()]);
      const job = outcome(busy.transcribe(samplesOf("long-75s.wav"), { threads: 1 }));
      await context.free();
      if ((await job).ok) throw new Error("the job wasn't ended");
      await idle.free();
    }));

  it("twice, and states after their context, in any order and at the same time", () =>
    expectCleanEnd(async ({ lib }) => {
      for (let i = 0; i < 5; i++) {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        const frees = [
          () => state.free(),
          () => context.free(),
          () => state.free(),
          () => context.free(),
        ];
        await Promise.all(frees.slice(i % 2).map((free) => free()));
        await state.free();
        await context.free();
      }
    }));

  it("a context while states are being made", () =>
    expectCleanEnd(async ({ lib, outcome }) => {
      for (let i = 0; i < 10; i++) {
        const context = await lib.WhisperContext.create();
        const making = [outcome(context.createState()), outcome(context.createState())];
        await context.free();
        for (const made of await Promise.all(making)) {
          const state = made.ok
            ? (made.value as Awaited<ReturnType<typeof context.createState>>)
            : null;
          const after = state ? await outcome(state.transcribe(new Float32Array(9999))) : made;
          if (after.ok || after.code !== "ERR_WHISPER_FREED")
            throw new Error(JSON.stringify(after));
        }
      }
    }));

  it("by `await using`", async () => {
    const end = await expectCleanEnd(async ({ lib, samplesOf, report }) => {
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      report((await state.transcribe(samplesOf("en-00.wav"))).text);
      await state[Symbol.asyncDispose]();
      await context[Symbol.asyncDispose]();
    });
    expect(end.reports).toEqual([reference("en-00.wav").text]);
  });

  it("then using: unhandled, each call is an ordinary rejection", async () => {
    const end = await expectCleanEnd(async ({ lib, report, sleep }) => {
      process.on("unhandledRejection", (error) => report((error as { code?: string }).code));
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      await context.free();
      void state.transcribe(new Float32Array(16_000));
      void state.detectLanguage(new Float32Array(16_000));
      void state.reset();
      void context.createState();
      await sleep(50);
    });
    expect(end.reports).toEqual(Array(4).fill("ERR_WHISPER_FREED"));
  });
});

describe("process.exit() in mid-", () => {
  it.each([1, 5, 20, 60])("load, after %i ms", async (ms) => {
    await expectCleanEnd(
      async ({ lib }, [model, ms]: [string, number]) => {
        setTimeout(() => process.exit(0), ms);
        await lib.WhisperContext.create(model);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      },
      { args: [randomModel("base"), ms] },
    );
  });

  it("creation of states", () =>
    expectCleanEnd(
      async ({ lib }, model: string) => {
        const context = await lib.WhisperContext.create(model);
        void context.createState();
        void context.createState();
        setImmediate(() => process.exit(0));
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      },
      { args: randomModel("tiny") },
    ));

  it("mel", () =>
    expectCleanEnd(async ({ lib }) => {
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      void state.transcribe(new Float32Array(120 * 16_000), { threads: 1 });
      setTimeout(() => process.exit(0), 30);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }));

  it.each([40, 200])("encode, after %i ms", async (ms) => {
    await expectCleanEnd(
      async ({ lib, samplesOf }, [model, ms]: [string, number]) => {
        const context = await lib.WhisperContext.create(model);
        const state = await context.createState();
        void state.transcribe(samplesOf("en-00.wav"), { threads: 1 });
        setTimeout(() => process.exit(0), ms);
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      },
      { args: [randomModel("base"), ms] },
    );
  });

  it.each([1, Math.min(2, availableParallelism())])("decode, with %i threads", async (threads) => {
    await expectCleanEnd(
      async ({ lib, samplesOf }, threads: number) => {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        const job = state.transcribe(samplesOf("long-75s.wav"), {
          threads,
          strategy: "beam",
        });
        for await (const _ of job) process.exit(0);
      },
      { args: threads },
    );
  });

  it("everything at once", () =>
    expectCleanEnd(async ({ lib, samplesOf, sleep }) => {
      const context = await lib.WhisperContext.create();
      const states = await Promise.all([1, 2, 3].map(() => context.createState()));
      for (const state of states) {
        void state.transcribe(samplesOf("long-75s.wav"), { threads: 1, onProgress: () => {} });
        void state.transcribe(samplesOf("en-00.wav"), { threads: 1 });
        void state.reset();
      }
      void lib.WhisperContext.create();
      void context.createState();
      await sleep(150);
      process.exit(0);
    }));
});

// Node runs no clean-up hooks then: jobs that went on while exit() destroyed what they use crashed one process in ten.
describe.each(["process.exit()", "an uncaught exception"])("%s while four states work", (how) => {
  it("30 times, at other moments", async () => {
    const once = (ms: number) =>
      runInChild(
        async ({ lib, samplesOf }, [how, ms]: [string, number]) => {
          const context = await lib.WhisperContext.create();
          for (let i = 0; i < 4; i++) {
            const state = await context.createState();
            for (let job = 0; job < 20; job++) {
              const options = { threads: 1 + (i % 2), strategy: "beam" as const };
              state.transcribe(samplesOf("en-00.wav"), options).catch(() => {});
            }
          }
          setTimeout(() => {
            if (how === "process.exit()") process.exit(1);
            throw new Error("somebody's bug");
          }, ms);
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        },
        { args: [how, ms] },
      );
    for (let i = 0; i < 30; i++) {
      const end = await once(20 + 10 * i);
      expect(end, `after ${20 + 10 * i} ms`).toMatchObject({ code: 1, signal: null, stdout: "" });
      if (how === "process.exit()") expect(end.stderr).toBe("");
      else expect(end.stderr).toContain("somebody's bug");
    }
  }, 120_000);
});

describe("an uncaught exception in mid-job", () => {
  it("ends the process as ever: its message, its code", async () => {
    const end = await runInChild(async ({ lib, samplesOf }) => {
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      setTimeout(() => {
        throw new Error("somebody's bug");
      }, 100);
      await state.transcribe(samplesOf("long-75s.wav"), { threads: 1, strategy: "beam" });
    });
    expect(end).toMatchObject({ code: 1, signal: null, stdout: "" });
    expect(end.stderr).toContain("somebody's bug");
  });
});

describe.runIf(process.platform !== "win32")("a signal in mid-job", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("%s ends the process by default", async (signal) => {
    const end = await runInChild(
      async ({ lib, samplesOf, report }) => {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        const job = state.transcribe(samplesOf("long-75s.wav"), { threads: 1, strategy: "beam" });
        report("running");
        await job;
      },
      { onReport: (_, child) => void child.kill(signal) },
    );
    expect(end).toMatchObject({ code: null, signal, stdout: "", stderr: "" });
  });

  it("SIGTERM with a handler that frees: a clean end", async () => {
    const end = await runInChild(
      async ({ lib, samplesOf, report, outcome }) => {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        process.once("SIGTERM", () => void context.free());
        const job = outcome(
          state.transcribe(samplesOf("long-75s.wav"), { threads: 1, strategy: "beam" }),
        );
        report("running");
        const end = await job;
        report(end.ok ? "done" : end.code);
      },
      { onReport: (value, child) => value === "running" && child.kill("SIGTERM") },
    );
    expect(end).toMatchObject(clean);
    expect(end.reports.at(-1)).toBe("ERR_WHISPER_FREED");
  });
});

describe("the event loop", () => {
  it("isn't kept alive by idle contexts and states", async () => {
    const end = await expectCleanEnd(async ({ lib, report, samplesOf }) => {
      const keep = globalThis as { kept?: unknown[] };
      const context = await lib.WhisperContext.create(undefined, { onLog: () => {} });
      const state = await context.createState();
      await state.transcribe(samplesOf("en-00.wav"), { threads: 1 });
      await state.reset();
      keep.kept = [context, state];
      process.on("exit", () => report("exit"));
    });
    expect(end.reports).toEqual(["exit"]);
  });

  it("is kept alive by a pending job, load, reset or free", async () => {
    const end = await expectCleanEnd(({ lib, report, samplesOf }) => {
      // No top-level await here: nothing but native work is pending.
      lib.WhisperContext.create().then((context) => {
        report("loaded");
        context.createState().then((state) => {
          report("made");
          state.transcribe(samplesOf("en-00.wav"), { threads: 1 }).then(({ text }) => {
            report(text);
            state.reset().then(() => {
              report("reset");
              context.free().then(() => report("freed"));
            });
          });
        });
      });
    });
    expect(end.reports).toEqual(["loaded", "made", reference("en-00.wav").text, "reset", "freed"]);
  });
});
