import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LogEntry, WhisperContext } from "../../lib/index.js";
import { runInChild } from "../support/child.js";
import { micro, samplesOf } from "../support/micro.js";
import { sleep, withState } from "../support/outcome.js";

const speech = samplesOf("en-00.wav");

describe("by default", () => {
  it("nothing is written to stdout or stderr: loads, jobs, failures, resets", async () => {
    const end = await runInChild(async ({ lib, micro, samplesOf, outcome }) => {
      lib.systemInfo();
      const context = await lib.WhisperContext.create(micro.q5_0);
      const state = await context.createState();
      const speech = samplesOf("en-00.wav");
      await state.transcribe(speech, { strategy: "beam", tokenTimestamps: true });
      await state.transcribe(speech, { logprobThreshold: 0, language: "auto", maxTokens: 4 });
      await outcome(state.transcribe(speech, { beamSize: 9 }));
      await outcome(lib.WhisperContext.create(Buffer.from("lmgg, but no model")));
      await outcome(lib.WhisperContext.create(micro.q5_0, { backend: "cuda" }));
      const job = state.transcribe(samplesOf("long-75s.wav"));
      setTimeout(() => job.cancel(), 100);
      await outcome(job);
      await state.reset();
      await context.free();
    });
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
  });
});

describe("onLog", () => {
  const lines: LogEntry[] = [];
  let duringLoad: number;
  let duringState: number;
  beforeAll(async () => {
    const context = await WhisperContext.create(micro.q5_0, {
      onLog: (entry) => lines.push(entry),
    });
    await sleep(10);
    duringLoad = lines.length;
    await withState(context, async (state) => {
      await sleep(10);
      duringState = lines.length;
      await state.transcribe(speech, { threads: 1 });
    });
    await context.free();
    await sleep(10);
  });

  it("gets whole lines with levels, of the load and of states", () => {
    expect(duringLoad).toBeGreaterThan(5);
    expect(duringState).toBeGreaterThan(duringLoad);
    for (const { level, text } of lines) {
      expect(["debug", "info", "warn", "error"]).toContain(level);
      expect(text).not.toBe("");
      expect(text).not.toMatch(/[\r\n]$/);
    }
    expect(
      lines.some(({ level, text }) => level === "info" && /n_vocab\s+= 51865/.test(text)),
    ).toBe(true);
    expect(lines.some(({ text }) => /kv self size/.test(text))).toBe(true);
  });

  it("gets nothing after free()", async () => {
    const count = lines.length;
    const other = await WhisperContext.create();
    await withState(other, (state) => state.transcribe(speech, { threads: 1 }));
    await other.free();
    await sleep(10);
    expect(lines.length).toBe(count);
  });

  it("gets the lines of its own context and states, also when two work at the same time", async () => {
    const own: Record<"q5_0" | "f16", LogEntry[]> = { q5_0: [], f16: [] };
    const run = async (type: "q5_0" | "f16") => {
      const context = await WhisperContext.create(micro[type], {
        onLog: (entry) => own[type].push(entry),
      });
      for (let i = 0; i < 3; i++) {
        await withState(context, (state) => state.transcribe(speech, { threads: 1 }));
      }
      await context.free();
    };
    await Promise.all([run("q5_0"), run("f16")]);
    await sleep(20);
    const ftypes = (entries: LogEntry[]) =>
      entries
        .filter(({ text }) => /\bftype\b/.test(text))
        .map(({ text }) => /= *(\d+)/.exec(text)?.[1]);
    expect(ftypes(own.q5_0)).toEqual(["8"]);
    expect(ftypes(own.f16)).toEqual(["1"]);
    for (const entries of [own.q5_0, own.f16]) {
      expect(entries.filter(({ text }) => /kv self size/.test(text)).length).toBe(3);
    }
  });

  it("tells the loader's reason for a failed load", async () => {
    const seen: LogEntry[] = [];
    const loading = WhisperContext.create("/dev/null/none.bin", { onLog: (e) => seen.push(e) });
    await expect(loading).rejects.toMatchObject({ code: /ERR_WHISPER_MODEL_/ });
    for (const { level } of seen) expect(["debug", "info", "warn", "error"]).toContain(level);
  });

  it("an error that it throws is an uncaught exception", async () => {
    const end = await runInChild(async ({ lib, report, sleep }) => {
      process.on("uncaughtException", (error) => report(error.message));
      const context = await lib.WhisperContext.create(undefined, {
        onLog: () => {
          throw new Error("thrown by onLog");
        },
      });
      await context.free();
      await sleep(10);
    });
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(new Set(end.reports)).toEqual(new Set(["thrown by onLog"]));
  });

  it("is let go after free(), and after a failed load; it keeps no process alive", async () => {
    const end = await runInChild(
      async ({ lib, report, collect, outcome }) => {
        const references: WeakRef<object>[] = [];
        const make = () => {
          const onLog = () => {};
          references.push(new WeakRef(onLog));
          return onLog;
        };
        for (let i = 0; i < 5; i++) {
          const context = await lib.WhisperContext.create(undefined, { onLog: make() });
          const state = await context.createState();
          await state.free();
          await context.free();
          await outcome(lib.WhisperContext.create(Buffer.alloc(9), { onLog: make() }));
        }
        await collect();
        await collect();
        report(references.filter((reference) => reference.deref()).length);
        // The last one stays: an idle context with a listener must not hold up the exit.
        await lib.WhisperContext.create(undefined, { onLog: () => {} });
      },
      { flags: ["--expose-gc"] },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    // The very last ones may still be in a register or a frame of V8's.
    expect(end.reports[0]).toBeLessThanOrEqual(1);
  });
});

describe("a state with a context that has onLog", () => {
  let context: WhisperContext;
  const lines: string[] = [];
  beforeAll(async () => {
    context = await WhisperContext.create(undefined, { onLog: ({ text }) => lines.push(text) });
  });
  afterAll(() => context.free());

  it("logs an aborted job's end on it, not elsewhere", async () => {
    await withState(context, async (state) => {
      const job = state.transcribe(samplesOf("long-75s.wav"), { threads: 1 });
      await sleep(150);
      job.cancel();
      await expect(job.result).rejects.toMatchObject({ code: "ERR_WHISPER_ABORTED" });
    });
    await sleep(10);
    expect(lines.length).toBeGreaterThan(0);
  });
});
