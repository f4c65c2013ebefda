import { availableParallelism } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ContextOptions,
  type JobTiming,
  type TranscribeOptions,
  type TranscribeResult,
  type Transcription,
  WhisperAbortError,
  WhisperContext,
  type WhisperState,
} from "../../lib/index.js";
import { noise, reference, samplesOf } from "../support/micro.js";
import { contentOf, expectFailure, median, sleep, withState } from "../support/outcome.js";
import { randomModel } from "../support/random-model.js";

const one = { threads: 1 };
const speech = samplesOf("en-00.wav");
const long = samplesOf("long-75s.wav");
const FOUR = reference("en-00.wav").text;

/** Attempts that fail, with several decoders: much more decoding than encoding in each window. */
const muchDecoding: TranscribeOptions = {
  ...{ ...one, strategy: "beam", beamSize: 5, bestOf: 3, logprobThreshold: 0 },
  ...{ noSpeechThreshold: 1000, temperatureIncrement: 0.5 },
};

let context: WhisperContext;
let state: WhisperState;
let expected: unknown;
let expectedBeam: unknown;

beforeAll(async () => {
  context = await WhisperContext.create();
  state = await context.createState();
  expected = await withState(context, (fresh) => fresh.transcribe(speech, one).then(contentOf));
  expectedBeam = await withState(context, (fresh) =>
    fresh.transcribe(speech, muchDecoding).then(contentOf),
  );
});
afterAll(() => context.free());

/** The job must reject as aborted for this very reason; the state must then be as new after reset(). */
async function expectAborted(job: Transcription, reason: unknown): Promise<void> {
  const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
  expect(error).toBeInstanceOf(WhisperAbortError);
  expect(error.name).toBe("AbortError");
  expect(error.cause).toBe(reason);
  await state.reset();
  expect(contentOf(await state.transcribe(speech, one))).toEqual(expected);
  await state.reset();
  expect(contentOf(await state.transcribe(speech, muchDecoding))).toEqual(expectedBeam);
  await state.reset();
}

const reason = new Error("not wanted any more");

/** The job must end as aborted for `reason`, or, where the abort came too late, with its whole result: that one. */
async function abortedOrWhole<Result>(job: PromiseLike<Result>): Promise<Result | undefined> {
  try {
    return await job;
  } catch (error) {
    expect(error).toBeInstanceOf(WhisperAbortError);
    expect(error).toMatchObject({ code: "ERR_WHISPER_ABORTED", cause: reason });
    return undefined;
  }
}

describe("a job is aborted", () => {
  it("before it begins: nothing runs", async () => {
    const { jobs } = state.info;
    const job = state.transcribe(long, { ...one, signal: AbortSignal.abort(reason) });
    await expectAborted(job, reason);
    expect(state.info.jobs - jobs).toBe(2);
  });

  it("while its audio is read", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield new Uint8Array(10);
          await sleep(5);
        }
      } finally {
        closed = true;
      }
    }
    const controller = new AbortController();
    const job = state.transcribe(endless(), { ...one, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    await expectAborted(job, reason);
    expect(closed).toBe(true);
  });

  it("while it waits for another: at once, and the other goes on", async () => {
    let firstDone = false;
    const first = state.transcribe(long, one);
    first.then(() => {
      firstDone = true;
    });
    const controller = new AbortController();
    const second = state.transcribe(speech, { ...one, signal: controller.signal });
    await sleep(50);
    controller.abort(reason);
    const error = await expectFailure(second, "ERR_WHISPER_ABORTED");
    expect(error.cause).toBe(reason);
    expect(firstDone).toBe(false);
    expect((await first).segments.length).toBe(27);
    await state.reset();
    expect(contentOf(await state.transcribe(speech, one))).toEqual(expected);
  });

  it("while its mel spectrogram is computed: at once; the state stays busy, then works", async () => {
    const { timing } = await state.transcribe(long, { ...one, durationMs: 1000 });
    const tenMinutes = noise(10 * 60, 0.1);
    const melMs = timing.melMs * (tenMinutes.length / long.length);
    const tries: { toRejection: number; toFree: number }[] = [];
    // Before mel begins, the samples are copied: an abort that comes too early frees the state at once.
    for (let ms = 20; ms < 1000 && (tries.at(-1)?.toFree ?? 0) < melMs / 4; ms *= 2) {
      const controller = new AbortController();
      const job = state.transcribe(tenMinutes, { ...one, signal: controller.signal });
      const next = state.transcribe(speech, one);
      await sleep(ms);
      const aborted = performance.now();
      controller.abort(reason);
      const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
      const toRejection = performance.now() - aborted;
      expect(error.cause).toBe(reason);
      const { text, timing } = await next;
      tries.push({ toRejection, toFree: performance.now() - aborted - timing.wallMs });
      expect(text).toBe(FOUR);
    }
    const { toRejection, toFree } = tries.at(-1) ?? expect.fail();
    // Mel of ten minutes goes on for long; the rejection doesn't wait for it.
    expect(toFree, JSON.stringify(tries)).toBeGreaterThan(melMs / 4);
    expect(toRejection).toBeLessThan(toFree / 10);
    await state.reset();
    expect(contentOf(await state.transcribe(speech, one))).toEqual(expected);
    await state.reset();
  });

  it.each([20, 40, 60, 80, 100])(
    "in its encoder, after %i hundredths of a pass",
    async (percent) => {
      let whole: TranscribeResult | undefined;
      for (let i = 0; i < 5; i++) {
        await state.reset();
        const { timing } = await state.transcribe(speech, one);
        await state.reset();
        const controller = new AbortController();
        const job = state.transcribe(speech, { ...one, signal: controller.signal });
        setTimeout(
          () => controller.abort(reason),
          timing.melMs + (timing.encodeMs * percent) / 100,
        );
        whole = await abortedOrWhole(job);
        if (whole === undefined) break;
        expect(contentOf(whole)).toEqual(expected);
      }
      // Under load the timer may come after the end, but not always so early on.
      if (percent < 50) expect(whole).toBe(undefined);
      await state.reset();
      expect(contentOf(await state.transcribe(speech, muchDecoding))).toEqual(expectedBeam);
      await state.reset();
    },
  );

  it.each([0, 150, 400])("in its decoder, %i ms after the first segment", async (ms) => {
    const controller = new AbortController();
    const job = state.transcribe(long, { ...muchDecoding, signal: controller.signal });
    for await (const _ of job) {
      await sleep(ms);
      controller.abort(reason);
      break;
    }
    await expectAborted(job, reason);
  });

  it("while its language is detected", async () => {
    const controller = new AbortController();
    const detection = state.detectLanguage(speech, { ...one, signal: controller.signal });
    setTimeout(() => controller.abort(reason), 30);
    const error = await expectFailure(detection, "ERR_WHISPER_ABORTED");
    expect(error.cause).toBe(reason);
    await state.reset();
    expect(contentOf(await state.transcribe(speech, one))).toEqual(expected);
    await state.reset();
  });

  it("by AbortSignal.timeout()", async () => {
    const job = state.transcribe(long, { ...muchDecoding, signal: AbortSignal.timeout(100) });
    const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
    expect((error.cause as Error).name).toBe("TimeoutError");
    await state.reset();
  });

  it("by cancel(), with and without a reason; again and after the end without effect", async () => {
    const job = state.transcribe(long, one);
    setTimeout(() => {
      job.cancel(reason);
      job.cancel("another");
    }, 50);
    expect((await expectFailure(job, "ERR_WHISPER_ABORTED")).cause).toBe(reason);
    const bare = state.transcribe(long, one);
    bare.cancel();
    expect((await expectFailure(bare, "ERR_WHISPER_ABORTED")).cause).toMatchObject({
      name: "AbortError",
    });
    await state.reset();
    const whole = state.transcribe(speech, one);
    expect(contentOf(await whole)).toEqual(expected);
    whole.cancel();
    expect(contentOf(await whole)).toEqual(expected);
    await state.reset();
  });

  it("with one signal for many, again and again: the state is as new each time", async () => {
    for (let i = 0; i < 10; i++) {
      const controller = new AbortController();
      const { signal } = controller;
      const jobs = [long, speech, long].map((audio) => state.transcribe(audio, { ...one, signal }));
      setTimeout(() => controller.abort(i), 10 * i);
      for (const job of jobs) {
        expect((await expectFailure(job, "ERR_WHISPER_ABORTED")).cause).toBe(i);
      }
    }
    await state.reset();
    expect(contentOf(await state.transcribe(speech, muchDecoding))).toEqual(expectedBeam);
    await state.reset();
  });

  it("leaves no listeners on a signal that outlives its jobs", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await state.transcribe(speech, { ...one, signal });
    await expectFailure(
      state.transcribe(speech, { signal, threads: 0 }),
      "ERR_WHISPER_INVALID_ARG",
    );
    await expectFailure(state.transcribe("missing.wav", { signal }), "ERR_WHISPER_AUDIO_NOT_FOUND");
    expect(listeners).toBe(0);
    await state.reset();
  });

  it.each([{}, "abort", 1, null])("signal %j: ERR_WHISPER_INVALID_ARG", async (signal) => {
    const job = state.transcribe(speech, { ...one, signal: signal as AbortSignal });
    await expectFailure(job, "ERR_WHISPER_INVALID_ARG", /signal/);
  });
});

const digits = samplesOf("en-digits.wav");

/** Moments of a job that went like the one with these times, and where whisper.cpp says that it was stopped then. */
const moments: Record<string, [(timing: JobTiming) => number, "encode" | "decode"]> = {
  "early in the encoder": [({ melMs, encodeMs }) => melMs + encodeMs * 0.2, "encode"],
  "late in the encoder": [({ melMs, encodeMs }) => melMs + encodeMs * 0.7, "encode"],
  "early in the decoder": [(timing) => encodedAt(timing) + 0.2 * decodingOf(timing), "decode"],
  "late in the decoder": [(timing) => encodedAt(timing) + 0.7 * decodingOf(timing), "decode"],
};

/** Keeps what whisper.cpp says about the pass that it was stopped in. */
function recordStop(stops: string[], text: string): void {
  stops.push(...(/failed to (?:en|de)code/.exec(text) ?? []));
}

function encodedAt({ melMs, encodeMs }: JobTiming): number {
  return melMs + encodeMs;
}

function decodingOf({ promptMs, decodeMs, sampleMs }: JobTiming): number {
  return promptMs + decodeMs + sampleMs;
}

// Two threads: an OpenMP team computes, and its first thread asks for all whether to go on. DTW: what must not be
// stopped lies between the passes. The options use the random generators: what an abort left in them would show.
describe.each<[string, ContextOptions, TranscribeOptions]>([
  ["with two threads", {}, { threads: 2, temperature: 0.8, temperatureIncrement: 0, bestOf: 1 }],
  ["on a context with DTW", { dtw: { heads: [{ layer: 1, head: 0 }] } }, muchDecoding],
])("a job %s is aborted", (_, contextOptions, options) => {
  const skipped = (options.threads ?? 1) > availableParallelism();
  const stops: string[] = [];
  let own: WhisperContext;
  let used: WhisperState;
  let fresh: unknown;

  beforeAll(async () => {
    own = await WhisperContext.create(undefined, {
      ...{ backend: "cpu", ...contextOptions },
      onLog: ({ text }) => recordStop(stops, text),
    });
    used = await own.createState();
    if (skipped) return;
    fresh = await withState(own, (state) => state.transcribe(digits, options).then(contentOf));
  });
  afterAll(() => own.free());

  async function expectAsNew(): Promise<JobTiming> {
    await used.reset();
    const result = await used.transcribe(digits, options);
    expect(contentOf(result)).toEqual(fresh);
    await used.reset();
    return result.timing;
  }

  async function abortAfter(ms: number): Promise<void> {
    stops.length = 0;
    const controller = new AbortController();
    const job = used.transcribe(digits, { ...options, signal: controller.signal });
    setTimeout(() => controller.abort(reason), ms);
    const whole = await abortedOrWhole(job);
    if (whole) expect(contentOf(whole)).toEqual(fresh);
  }

  it.skipIf(skipped).each(Object.entries(moments))(
    "%s: the state is as new after reset()",
    async (_, [moment, phase]) => {
      let timing = await expectAsNew();
      const stopped: string[] = [];
      while (stopped.length < 10 && !stopped.includes(`failed to ${phase}`)) {
        await abortAfter(moment(timing));
        timing = await expectAsNew(); // the log's lines are here by then
        stopped.push(stops[0] ?? "nowhere");
      }
      expect(stopped).toContain(`failed to ${phase}`);
    },
    120_000,
  );

  if (!contextOptions.dtw) return;

  it("while DTW may compute: at once, whenever that is", async () => {
    const { wallMs } = await expectAsNew();
    const waits: { toRejection: number; toFree: number }[] = [];
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.8, 0.9]) {
      const job = used.transcribe(digits, options);
      await sleep(share * wallMs);
      const aborted = performance.now();
      job.cancel(reason);
      const whole = await abortedOrWhole(job);
      const toRejection = performance.now() - aborted;
      await used.reset();
      if (!whole) waits.push({ toRejection, toFree: performance.now() - aborted });
    }
    const longest = waits.reduce((a, b) => (b.toFree > a.toFree ? b : a));
    expect(longest.toRejection, JSON.stringify(waits)).toBeLessThan(longest.toFree / 2);
  });

  it("or ends, when DTW computes: the same", async () => {
    for (const share of [0, 0.3, 0.6, 0.9]) {
      const timing = await expectAsNew();
      const decoded = encodedAt(timing) + decodingOf(timing);
      await abortAfter(decoded + share * (timing.wallMs - decoded));
    }
    await expectAsNew();
  });
});

// The bound that users rely on: at the size of base, an abort gives the state back within a tenth of an encoder pass.
// Random weights compute as long as real ones.
describe("at base size", () => {
  const encoding: TranscribeOptions = { ...one, maxTokens: 1, temperatureIncrement: 0 };
  /** Few encoder positions and no text that ends it: nearly all of the job is decoding. */
  const decoding: TranscribeOptions = {
    ...{ ...one, temperatureIncrement: 0, noTimestamps: true, maxTokens: 150, audioContext: 128 },
  };
  const stops: string[] = [];
  const passes: number[] = [];
  let base: WhisperContext;
  let slow: WhisperState;
  let seed = 7;

  beforeAll(async () => {
    base = await WhisperContext.create(randomModel("base"), {
      backend: "cpu",
      onLog: ({ text }) => recordStop(stops, text),
    });
    slow = await base.createState();
    passes.push((await slow.transcribe(speech, encoding)).timing.encodeMs);
  });
  afterAll(() => base.free());

  type How = "signal" | "cancel";

  /**
   * Aborts after `ms`, and tells how long the state was busy then: undefined if the job wasn't in that phase, which
   * other load may bring about.
   */
  async function busyAfterAbort(
    phase: "encode" | "decode",
    ms: number,
    how: How,
  ): Promise<number | undefined> {
    stops.length = 0;
    const controller = new AbortController();
    const options = phase === "encode" ? encoding : decoding;
    const job = slow.transcribe(speech, { ...options, signal: controller.signal });
    await sleep(ms);
    const aborted = performance.now();
    if (how === "signal") controller.abort(reason);
    else job.cancel(reason);
    const whole = await abortedOrWhole(job);
    await slow.reset(); // answered when the state is free again
    const busyMs = performance.now() - aborted;
    if (whole && phase === "encode") passes.push(whole.timing.encodeMs);
    await sleep(5); // until the log's lines are here
    return stops.includes(`failed to ${phase}`) ? busyMs : undefined;
  }

  /** The same for language detection, which has a signal only, and of whose passes nothing is logged. */
  async function busyAfterDetectionAbort(ms: number): Promise<number | undefined> {
    const controller = new AbortController();
    const job = slow.detectLanguage(speech, { threads: 1, signal: controller.signal });
    const ended = abortedOrWhole(job);
    await sleep(ms);
    const aborted = performance.now();
    controller.abort(reason);
    const whole = await ended;
    await slow.reset();
    return whole ? undefined : performance.now() - aborted;
  }

  async function expectQuickAborts(
    phase: string,
    samples: number,
    abort: (random: number, how: How) => Promise<number | undefined>,
  ): Promise<void> {
    const latencies: number[] = [];
    for (let tries = 0; latencies.length < samples && tries < 4 * samples; tries++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const busyMs = await abort(seed / 2 ** 32, latencies.length % 2 ? "signal" : "cancel");
      if (busyMs !== undefined) latencies.push(busyMs);
    }
    expect(latencies.length).toBe(samples);
    passes.push((await slow.transcribe(speech, encoding)).timing.encodeMs);
    const share = median(latencies) / median(passes);
    console.log(
      `encoder pass ${passes.map((ms) => ms.toFixed(0)).join(", ")} ms; abort in ${phase} to free: median ${median(latencies).toFixed(1)} ms = ${(100 * share).toFixed(1)} %, worst ${Math.max(...latencies).toFixed(1)} ms`,
    );
    expect(share).toBeLessThan(0.1);
  }

  /** Mel of two seconds takes some milliseconds. */
  function inPass(random: number): number {
    return 25 + random * 0.7 * Math.min(...passes);
  }

  it("an abort at a random moment of an encoder pass frees the state within 10 % of the pass", async () => {
    await expectQuickAborts("encode", 14, (random, how) =>
      busyAfterAbort("encode", inPass(random), how),
    );
  }, 240_000);

  // That is an encoder pass too, of which whisper.cpp itself would only notice the end.
  it("an abort at a random moment of language detection does so within 10 % of a pass", async () => {
    await expectQuickAborts("language detection", 8, (random) =>
      busyAfterDetectionAbort(inPass(random)),
    );
  }, 240_000);

  it("an abort at a random moment of decoding does so within 10 % of an encoder pass", async () => {
    const { timing } = await slow.transcribe(speech, decoding);
    await slow.reset();
    expect(timing.tokensDecoded).toBeGreaterThan(100);
    expect(timing.decodeMs / timing.wallMs).toBeGreaterThan(0.7);
    await expectQuickAborts("decode", 8, (random, how) =>
      busyAfterAbort("decode", timing.wallMs * (0.12 + 0.3 * random), how),
    );
  }, 240_000);
});
