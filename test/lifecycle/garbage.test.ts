// What is forgotten without free() goes by garbage collection: threads, memory and weights.

import { describe, expect, it } from "vitest";
import { type ChildEnd, isLinux, runInChild, type Tools } from "../support/child.js";

const flags = ["--expose-gc"];

async function expectCleanEnd(body: (tools: Tools) => unknown): Promise<ChildEnd> {
  // glibc keeps an arena for each of many threads, and what was freed in it; a leak shows as well in one.
  const env = { MALLOC_ARENA_MAX: "1" };
  const end = await runInChild(body, { flags, env, timeoutMs: 120_000 });
  expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
  return end;
}

describe.runIf(isLinux)("garbage collection", () => {
  it("200 states: their threads end, their memory comes back", async () => {
    const end = await expectCleanEnd(
      async ({ lib, collect, rss, threads, idleThreads, report, samplesOf }) => {
        const context = await lib.WhisperContext.create();
        const speech = samplesOf("en-00.wav").subarray(0, 16_000);
        const used = { threads: 1, audioContext: 64, maxTokens: 4 };
        const round = async (count: number) => {
          for (let i = 0; i < count; i++) {
            const state = await context.createState();
            if (i % 2) await state.transcribe(speech, used);
          }
        };
        const sizes: number[] = [];
        let most = 0;
        const idle = await idleThreads(); // that which loaded the model ends
        for (let i = 0; i < 40; i++) {
          await round(5);
          most = Math.max(most, threads() - idle);
          for (let wait = 0; wait < 100 && threads() > idle; wait++) await collect();
          sizes.push(rss());
        }
        const left = threads() - idle;
        await context.free();
        report({ sizes, most, left });
      },
    );
    const { sizes, most, left } = end.reports[0] as Record<string, number> & { sizes: number[] };
    expect(most).toBeGreaterThanOrEqual(5);
    expect(left).toBeLessThanOrEqual(0);
    // 150 more states of more than 20 MB would be 3000 MB.
    expect((sizes.at(-1) ?? Number.NaN) - (sizes[9] ?? Number.NaN)).toBeLessThan(100e6);
  });

  it("200 contexts: their weights come back", async () => {
    const end = await expectCleanEnd(
      async ({ lib, micro, collect, rss, threads, idleThreads, report }) => {
        const sizes: number[] = [];
        await (await lib.WhisperContext.create(micro.f16)).free();
        const idle = await idleThreads();
        for (let i = 0; i < 200; i++) {
          const context = await lib.WhisperContext.create(micro.f16);
          if (i % 3 === 0) await context.createState();
          if (i % 5 === 4) {
            for (let wait = 0; wait < 100 && threads() > idle; wait++) await collect();
            sizes.push(rss());
          }
        }
        report({ sizes, left: threads() - idle });
      },
    );
    const { sizes, left } = end.reports[0] as { sizes: number[]; left: number };
    // 150 more contexts of 8 MB would be 1200 MB.
    expect((sizes.at(-1) ?? Number.NaN) - (sizes[9] ?? Number.NaN)).toBeLessThan(150e6);
    expect(left).toBeLessThanOrEqual(1);
  });

  it("a forgotten context lives on while a state of it is in use, a forgotten state while its job runs", async () => {
    const end = await expectCleanEnd(async ({ lib, collect, report, samplesOf }) => {
      const stateOfForgotten = async () => (await lib.WhisperContext.create()).createState();
      const state = await stateOfForgotten();
      await collect();
      await collect();
      report((await state.transcribe(samplesOf("en-00.wav"), { threads: 1 })).text);
      const jobOfForgotten = async () =>
        (await stateOfForgotten()).transcribe(samplesOf("en-00.wav"), { threads: 1 });
      const job = jobOfForgotten();
      for (let i = 0; i < 5; i++) await collect();
      report((await job).text);
    });
    expect(end.reports).toEqual(["four", "four"]);
  });

  it("collected in mid-flight and then exit", async () => {
    await expectCleanEnd(async ({ lib, samplesOf }) => {
      for (let i = 0; i < 5; i++) {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        state.transcribe(samplesOf("en-00.wav"), { threads: 1 }).cancel();
        process.removeAllListeners("unhandledRejection");
        process.on("unhandledRejection", () => {});
        (globalThis as { gc?: () => void }).gc?.();
      }
    });
  });

  it("explicit frees, 100 times: memory stays", async () => {
    const end = await expectCleanEnd(async ({ lib, micro, rss, report, samplesOf, collect }) => {
      const sizes: number[] = [];
      const speech = samplesOf("en-00.wav").subarray(0, 16_000);
      for (let i = 0; i < 100; i++) {
        const context = await lib.WhisperContext.create(micro.f16);
        const state = await context.createState();
        await state.transcribe(speech, { threads: 1, audioContext: 64, maxTokens: 4 });
        await context.free();
        if (i % 10 === 9) {
          await collect();
          sizes.push(rss());
        }
      }
      report(sizes);
    });
    const sizes = end.reports[0] as number[];
    expect((sizes.at(-1) ?? Number.NaN) - (sizes[2] ?? Number.NaN)).toBeLessThan(60e6);
  });
});
