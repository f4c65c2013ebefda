import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type TranscribeOptions,
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

describe("a job is aborted", () => {
  const reason = new Error("not wanted any more");

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
    const twentyMinutes = noise(20 * 60, 0.1);
    const controller = new AbortController();
    const job = state.transcribe(twentyMinutes, { ...one, signal: controller.signal });
    const next = state.transcribe(speech, one);
    await sleep(60);
    const aborted = performance.now();
    controller.abort(reason);
    const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
    const toRejection = performance.now() - aborted;
    expect(error.cause).toBe(reason);
    const { text, timing } = await next;
    const toFree = performance.now() - aborted - timing.wallMs;
    expect(text).toBe(FOUR);
    // Mel of 20 minutes takes seconds; the rejection doesn't wait for it.
    expect(toRejection).toBeLessThan(toFree / 10);
    await state.reset();
    expect(contentOf(await state.transcribe(speech, one))).toEqual(expected);
    await state.reset();
  });

  it.each([20, 40, 60, 80, 100])("in its encoder, after %i %% of a pass", async (percent) => {
    const { timing } = await state.transcribe(speech, one);
    const controller = new AbortController();
    const job = state.transcribe(speech, { ...one, signal: controller.signal });
    setTimeout(() => controller.abort(reason), timing.melMs + (timing.encodeMs * percent) / 100);
    const error = await job.then(
      () => undefined,
      (e) => e,
    );
    // Under load the timer may come after the end, but not so early on.
    if (percent < 50) expect(error).toMatchObject({ code: "ERR_WHISPER_ABORTED", cause: reason });
    await state.reset();
    expect(contentOf(await state.transcribe(speech, muchDecoding))).toEqual(expectedBeam);
    await state.reset();
  });

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

// The bound that users rely on: at the size of base, an abort in the midst of an encoder pass gives the state back
// within a tenth of the pass. Random weights compute as long as real ones.
describe("at base size", () => {
  it("an abort at a random moment of an encoder pass frees the state within 10 % of the pass", async () => {
    const base = await WhisperContext.create(randomModel("base"), { backend: "cpu" });
    const slow = await base.createState();
    const options = { ...one, maxTokens: 1, temperatureIncrement: 0 };
    const passes: number[] = [];
    const latencies: number[] = [];
    let seed = 7;
    try {
      passes.push((await slow.transcribe(speech, options)).timing.encodeMs);
      while (latencies.length < 15) {
        const job = slow.transcribe(speech, options);
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        // Mel of two seconds takes some milliseconds. Not at the pass's very end, which other load may bring forward.
        await sleep(25 + (seed / 2 ** 32) * 0.7 * Math.min(...passes));
        const aborted = performance.now();
        job.cancel();
        await expectFailure(job, "ERR_WHISPER_ABORTED");
        await slow.reset(); // answered when the state is free again
        latencies.push(performance.now() - aborted);
      }
      passes.push((await slow.transcribe(speech, options)).timing.encodeMs);
    } finally {
      await base.free();
    }
    const share = median(latencies) / median(passes);
    console.log(
      `encoder pass ${passes.map((ms) => ms.toFixed(0)).join(", ")} ms; abort to free: median ${median(latencies).toFixed(1)} ms = ${(100 * share).toFixed(1)} %, worst ${Math.max(...latencies).toFixed(1)} ms`,
    );
    expect(share).toBeLessThan(0.1);
  }, 240_000);
});
