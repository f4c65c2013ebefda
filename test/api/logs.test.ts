import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LogEntry, WhisperContext } from "../../lib/index.js";
import { runInChild } from "../support/child.js";
import { micro, samplesOf } from "../support/micro.js";
import { expectFailure, sleep, withState } from "../support/outcome.js";
import { randomModel } from "../support/random-model.js";

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

  it("tells the loader's facts and warnings, with their levels", async () => {
    const model = readFileSync(micro.q5_0);
    const seen: LogEntry[] = [];
    const context = await WhisperContext.create(model.subarray(0, endOfVocabulary(model)), {
      allowWeightless: true,
      onLog: (entry) => seen.push(entry),
    });
    await sleep(10);
    await context.free();
    const facts = ["n_vocab", "n_audio_state", "n_text_layer", "ftype"].map(
      (name) => seen.find(({ text }) => text.includes(`: ${name} `))?.text.match(/= *(\d+)$/)?.[1],
    );
    expect(facts).toEqual(["51865", "64", "3", "8"]);
    const warnings = seen.filter(({ level }) => level !== "info" && level !== "debug");
    expect(warnings.map(({ level }) => level)).toEqual(["warn"]);
    expect(warnings[0]?.text).toContain("no tensors loaded");
  });

  // Windows doesn't let a file be cut that is open.
  it.runIf(process.platform !== "win32")(
    "tells what a load said that failed inside whisper.cpp, and tells no other context",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "steady-whisper-logs-"));
      const model = join(folder, "cut.bin");
      copyFileSync(randomModel("base"), model);
      const elsewhere: LogEntry[] = [];
      const other = await WhisperContext.create(undefined, { onLog: (e) => elsewhere.push(e) });
      await sleep(10);
      elsewhere.length = 0;
      const seen: string[] = [];
      const loading = WhisperContext.create(model, {
        onLog: ({ text }) => {
          if (seen.length === 0) truncateSync(model, 1_000_000); // 146 MB of weights are still to come
          seen.push(text);
        },
      });
      await expectFailure(loading, "ERR_WHISPER_MODEL_READ", /changed/);
      await sleep(10);
      expect(seen.filter((text) => /n_audio_state += 512$/.test(text)).length).toBe(1);
      expect(elsewhere).toEqual([]);
      await other.free();
      rmSync(folder, { recursive: true, force: true });
    },
  );

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

describe("two contexts with onLog", () => {
  const lines: Record<"own" | "other", LogEntry[]> = { own: [], other: [] };
  let own: WhisperContext;
  let other: WhisperContext;
  beforeAll(async () => {
    own = await WhisperContext.create(undefined, { onLog: (entry) => lines.own.push(entry) });
    other = await WhisperContext.create(undefined, { onLog: (entry) => lines.other.push(entry) });
  });
  afterAll(() => Promise.all([own.free(), other.free()]));

  /** What both were told while `use` worked with a state of the first one. */
  async function told(use: Parameters<typeof withState>[1]): Promise<typeof lines> {
    await withState(own, async (state) => {
      await sleep(10);
      lines.own.length = lines.other.length = 0;
      await use(state);
      await state.reset(); // comes after all that the job had to say
      await sleep(10);
    });
    return lines;
  }

  it("an aborted job's end is logged by its own, not by the other", async () => {
    const { own: ownLines, other: otherLines } = await told(async (state) => {
      const job = state.transcribe(samplesOf("long-75s.wav"), { threads: 1 });
      for await (const _ of job) {
        job.cancel();
        break;
      }
      await expectFailure(job, "ERR_WHISPER_ABORTED");
    });
    expect(ownLines.map(({ level }) => level)).toEqual(["error"]);
    expect(ownLines[0]?.text).toMatch(/failed to (en|de)code|aborting/);
    expect(otherLines).toEqual([]);
  });

  it.each([
    { language: "xx" },
    { language: "german" },
    { grammar: "root ::= (" },
    { grammar: 'root ::= " one"', grammarRule: "none" },
    { suppressRegex: "(" },
    { promptTokens: [99_999] },
  ])("%j is refused: the other isn't told", async (options) => {
    const { other: otherLines } = await told((state) =>
      expectFailure(state.transcribe(speech, options), "ERR_WHISPER_INVALID_ARG"),
    );
    expect(otherLines).toEqual([]);
  });
});

/** Where a model file's weights begin. */
function endOfVocabulary(model: Buffer): number {
  let at = 56 + model.readInt32LE(48) * model.readInt32LE(52) * 4;
  const words = model.readInt32LE(at);
  at += 4;
  for (let i = 0; i < words; i++) at += 4 + model.readInt32LE(at);
  return at;
}
