// Requests that wait on one state: their order, what they hold meanwhile, and how they end.

import { PassThrough, Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { WhisperContext, type WhisperState } from "../../lib/index.js";
import { isLinux, runInChild } from "../support/child.js";
import { audioPath, reference, samplesOf } from "../support/micro.js";
import { expectFailure, sleep } from "../support/outcome.js";

const options = { threads: 1 };
const short = samplesOf("en-00.wav");
const long = samplesOf("long-75s.wav");

let context: WhisperContext;
let state: WhisperState;

beforeAll(async () => {
  context = await WhisperContext.create();
});
afterAll(() => context.free());
beforeEach(async () => {
  state = await context.createState();
});
afterEach(() => state.free());

describe("free() ends what hasn't reached native code", () => {
  it.each(["the state's", "the context's"])(
    "%s: audio being read, and what waits",
    async (whose) => {
      const own = await WhisperContext.create();
      const used = await own.createState();
      const endless = new PassThrough();
      endless.write(Buffer.alloc(100));
      const never = new PassThrough();
      const pending = [
        used.transcribe(endless, options),
        used.transcribe(short, options),
        used.transcribe(never, options),
        used.detectLanguage(short, options),
        used.reset(),
      ].map((request) => expectFailure(request, "ERR_WHISPER_FREED"));
      await sleep(20);
      await (whose === "the state's" ? used.free() : own.free());
      await Promise.all(pending);
      expect(endless.destroyed).toBe(true);
      expect(never.destroyed).toBe(true);
      await own.free();
    },
  );

  it("a job in mid-decode: ERR_WHISPER_FREED too, and the caller's abort keeps its own error", async () => {
    const running = state.transcribe(long, { ...options, strategy: "beam" });
    const waiting = state.transcribe(short, options);
    const freed = expectFailure(running, "ERR_WHISPER_FREED");
    const aborted = expectFailure(waiting, "ERR_WHISPER_ABORTED");
    for await (const _ of running) break;
    waiting.cancel("not wanted");
    await state.free();
    await freed;
    expect((await aborted).cause).toBe("not wanted");
  });

  it("on a freed state nothing is read: the stream is destroyed", async () => {
    await state.free();
    const stream = new PassThrough();
    await expectFailure(state.transcribe(stream, options), "ERR_WHISPER_FREED");
    expect(stream.destroyed).toBe(true);
    // Not even looked for: the path doesn't exist.
    await expectFailure(state.transcribe("missing.wav", options), "ERR_WHISPER_FREED");
    await expectFailure(state.reset(), "ERR_WHISPER_FREED");
  });
});

describe("a stream that is given to a job", () => {
  it.each<[string, object]>([
    ["an unknown option", { nonsense: 1 }],
    ["a wrong option", { threads: 0 }],
    ["a wrong signal", { signal: {} }],
    ["a wrong limit", { maxDurationMs: -1 }],
    ["a sample rate, which it carries itself", { sampleRate: 16_000 }],
  ])("is destroyed when the job is refused: %s", async (_, wrong) => {
    const stream = new PassThrough();
    await expectFailure(state.transcribe(stream, wrong), "ERR_WHISPER_INVALID_ARG");
    expect(stream.destroyed).toBe(true);
  });

  it("isn't read before its turn; if it fails while it waits, that is the job's failure", async () => {
    let reads = 0;
    const waiting = new Readable({
      highWaterMark: 1,
      read() {
        reads += 1;
      },
    });
    const first = state.transcribe(long, options);
    const second = state.transcribe(long, options);
    const third = state.transcribe(waiting, options);
    await sleep(50);
    expect(reads).toBe(0);
    waiting.destroy(new Error("connection lost"));
    const error = await expectFailure(third, "ERR_WHISPER_AUDIO_READ", "connection lost");
    expect(error.cause).toMatchObject({ message: "connection lost" });
    await Promise.all([first, second]);
  });
});

describe("many jobs that wait", () => {
  it.runIf(isLinux)(
    "are not decoded before their turn: neither memory nor threads grow",
    async () => {
      const end = await runInChild(
        async ({ lib, rss, threads, sleep, report, outcome }, file: string) => {
          const context = await lib.WhisperContext.create();
          const state = await context.createState();
          await state.transcribe(file, { threads: 1 });
          const before = { rss: rss(), threads: threads() };
          // 75 s of audio are 4.8 MB of samples each.
          const jobs = Array.from({ length: 200 }, () => state.transcribe(file, { threads: 1 }));
          const ends = jobs.map((job) => outcome(job));
          await sleep(300);
          report({ rss: rss() - before.rss, threads: threads() - before.threads });
          await context.free();
          report(
            new Set((await Promise.all(ends)).map((end) => (end.ok ? "done" : end.code))).size,
          );
        },
        { args: audioPath("long-75s.wav") },
      );
      expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
      const [grown, codes] = end.reports as [{ rss: number; threads: number }, number];
      expect(grown.rss).toBeLessThan((200 * 4.8e6) / 4);
      expect(grown.threads).toBeLessThan(10);
      expect(codes).toBeLessThanOrEqual(2);
    },
  );

  it("come in the order of the calls, whatever their audio takes", async () => {
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    async function* slowly(): AsyncGenerator<Uint8Array> {
      await sleep(100);
      yield new Uint8Array(
        await (await import("node:fs/promises")).readFile(audioPath("en-00.wav")),
      );
    }
    const jobs = [
      state.transcribe(slowly(), options).finally(note("stream")),
      state.transcribe(short, options).finally(note("samples")),
      state.reset().then(note("reset")),
      state.transcribe(audioPath("en-00.wav"), options).finally(note("file")),
    ];
    await Promise.all(jobs);
    expect(order).toEqual(["stream", "samples", "reset", "file"]);
  });

  it("tell in waitMs and decodeAudioMs where the time went", async () => {
    async function* slowly(): AsyncGenerator<Uint8Array> {
      await sleep(300);
      yield new Uint8Array(
        await (await import("node:fs/promises")).readFile(audioPath("en-00.wav")),
      );
    }
    const started = performance.now();
    const total = (
      job: PromiseLike<{ timing: Record<"decodeAudioMs" | "waitMs" | "wallMs", number> }>,
    ) => job.then(({ timing }) => ({ timing, totalMs: performance.now() - started }));
    const [first, second] = await Promise.all([
      total(state.transcribe(slowly(), options)),
      total(state.transcribe(short, options)),
    ]);
    expect(first.timing.decodeAudioMs).toBeGreaterThan(290);
    expect(second.timing.decodeAudioMs).toBe(0);
    expect(second.timing.waitMs).toBeGreaterThan(290);
    for (const { timing, totalMs } of [first, second]) {
      const told = timing.decodeAudioMs + timing.waitMs + timing.wallMs;
      expect(told).toBeLessThanOrEqual(totalMs);
      expect(told / totalMs).toBeGreaterThan(0.9);
    }
  });

  it("whose jobs are cancelled are forgotten at once, samples too", async () => {
    const end = await runInChild(
      async ({ lib, rss, noise, sleep, report, outcome, collect }) => {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        const running = state.transcribe(noise(60, 0.01), { threads: 1, strategy: "beam" });
        running.catch(() => {});
        await sleep(50);
        const before = rss();
        for (let i = 0; i < 100; i++) {
          const job = state.transcribe(new Float32Array(60 * 16_000), { threads: 1 });
          const end = outcome(job);
          await sleep(1); // handed over by now: one job waits there
          job.cancel();
          const { ok } = await end;
          if (ok) throw new Error("it was to be cancelled");
          if (i % 10 === 0) await collect();
        }
        await collect();
        report(rss() - before);
        running.cancel();
        await context.free();
      },
      { flags: ["--expose-gc"] },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    // 100 of 3.8 MB.
    expect(end.reports[0]).toBeLessThan(100e6);
  });
});

describe("a handle that is kept", () => {
  it("keeps the result, not the audio", async () => {
    const end = await runInChild(
      async ({ lib, samplesOf, collect, report }) => {
        const context = await lib.WhisperContext.create();
        const state = await context.createState();
        const run = async () => {
          const audio = Float32Array.from(samplesOf("en-00.wav"));
          const job = state.transcribe(audio, { threads: 1 });
          await job;
          return { job, audio: new WeakRef(audio) };
        };
        const { job, audio } = await run();
        await collect();
        report([(await job).text, audio.deref() === undefined]);
        await context.free();
      },
      { flags: ["--expose-gc"] },
    );
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    expect(end.reports).toEqual([[reference("en-00.wav").text, true]]);
  });

  it("has each segment once: those that were streamed are the result's", async () => {
    const job = state.transcribe(long, options);
    const streamed = [];
    for await (const segment of job) streamed.push(segment);
    const { segments } = await job;
    expect(streamed.length).toBe(27);
    streamed.forEach((segment, i) => {
      expect(segment).toBe(segments[i]);
    });
  });
});
