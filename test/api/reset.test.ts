// "Results after reset() are bit-identical to a new state's", after any history. Results are compared whole: token ids,
// probabilities, times, texts, no-speech probabilities, and the work that was done.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TranscribeOptions, WhisperContext, type WhisperState } from "../../lib/index.js";
import { joined, noise, samplesOf, silence } from "../support/micro.js";
import { contentOf, expectFailure, sleep, withState } from "../support/outcome.js";

const speech = samplesOf("en-01.wav");
const german = samplesOf("de-00.wav");
const long = samplesOf("long-75s.wav");
const one = { threads: 1 };

/** Every attempt fails, so that all temperatures and their random generators are used. */
const storm: TranscribeOptions = { ...one, logprobThreshold: 0, noSpeechThreshold: 1000 };

const probes: Record<string, TranscribeOptions> = {
  "greedy with fallback": one,
  "beam 5": { ...one, strategy: "beam" },
  "forced sampling": storm,
  "sampling from the start": { ...one, temperature: 0.9, temperatureIncrement: 0, bestOf: 3 },
};

const histories: Record<string, (state: WhisperState) => Promise<unknown>> = {
  silence: (state) => state.transcribe(silence(3), one).result,
  noise: (state) => state.transcribe(noise(3, 0.8), one).result,
  "German and French": async (state) => {
    await state.transcribe(german, { ...one, language: "de" });
    await state.transcribe(samplesOf("fr-00.wav"), { ...one, language: "fr", translate: true });
  },
  "language detection": async (state) => {
    await state.transcribe(german, { ...one, language: "auto" });
    await state.detectLanguage(noise(1, 0.5), one);
  },
  prompts: async (state) => {
    await state.transcribe(speech, { ...one, prompt: "seven eight nine" });
    await state.transcribe(speech, {
      ...one,
      prompt: "hello",
      carryPrompt: true,
      noContext: false,
    });
  },
  "previous text kept": async (state) => {
    for (let i = 0; i < 3; i++) await state.transcribe(german, { ...one, noContext: false });
  },
  "a fallback storm": (state) => state.transcribe(noise(3, 0.5), storm).result,
  "sampling at temperature 0.8": (state) =>
    state.transcribe(noise(2, 0.5), { ...one, temperature: 0.8 }).result,
  "beam 5 and 8 decoders": async (state) => {
    await state.transcribe(german, { ...one, strategy: "beam" });
    await state.transcribe(german, { ...storm, bestOf: 8, strategy: "beam", beamSize: 8 });
  },
  "audioContext 256 and 64": async (state) => {
    await state.transcribe(noise(4, 0.7), { ...one, audioContext: 256 });
    await state.transcribe(speech, { ...one, audioContext: 64 });
  },
  "aborted in the encoder": async (state) => {
    const job = state.transcribe(long, one);
    setTimeout(() => job.cancel(), 120);
    await expectFailure(job, "ERR_WHISPER_ABORTED");
  },
  "aborted in the decoder": async (state) => {
    const job = state.transcribe(long, { ...storm, strategy: "beam", temperatureIncrement: 0.5 });
    // The first segments come after the first window; the others' attempts take many times as long as their encoding.
    for await (const _ of job) {
      await sleep(700);
      job.cancel();
      break;
    }
    await expectFailure(job, "ERR_WHISPER_ABORTED");
  },
  "token timestamps": (state) =>
    state.transcribe(long, { ...one, tokenTimestamps: true, maxLength: 5, splitOnWord: true })
      .result,
  "no timestamps, single segments": async (state) => {
    await state.transcribe(german, { ...one, noTimestamps: true });
    await state.transcribe(german, { ...one, singleSegment: true, maxTokens: 3 });
  },
  "long audio": (state) => state.transcribe(joined(long, long), one).result,
  "failed validation": async (state) => {
    await expectFailure(state.transcribe(speech, { beamSize: 9 }), "ERR_WHISPER_INVALID_ARG");
    await expectFailure(
      state.transcribe(new Float32Array(4000).fill(Number.NaN)),
      "ERR_WHISPER_AUDIO_INVALID",
    );
    await expectFailure(state.transcribe(speech, { offsetMs: 60_000 }), "ERR_WHISPER_INVALID_ARG");
    await expectFailure(
      state.transcribe(speech, { suppressTokens: [99_999] }),
      "ERR_WHISPER_INVALID_ARG",
    );
  },
  "audio that is too short": (state) => state.transcribe(new Float32Array(1000), one).result,
};
let context: WhisperContext;
let state: WhisperState;
let fresh: Record<string, unknown>;
let freshKvBytes: number;
let freshBytes: number;

beforeAll(async () => {
  context = await WhisperContext.create();
  state = await context.createState();
  freshKvBytes = state.info.kvCacheBytes;
  freshBytes = state.info.bytes;
  fresh = {};
  for (const [name, options] of Object.entries(probes)) fresh[name] = await onNewState(options);
});
afterAll(() => context.free());

function onNewState(options: TranscribeOptions): Promise<unknown> {
  return withState(context, (state) => state.transcribe(speech, options).then(contentOf));
}

describe("what is compared", () => {
  it.each(Object.keys(probes))("%s gives the same on two new states", async (name) => {
    expect(await onNewState(probes[name] ?? {})).toEqual(fresh[name]);
  });

  it("the probes do what they are for", () => {
    expect(fresh["greedy with fallback"]).toMatchObject({ work: { fallbacks: 0 } });
    expect(fresh["forced sampling"]).toMatchObject({ work: { fallbacks: 5 } });
  });

  it("without reset(), a job with sampling depends on what came before", async () => {
    await withState(context, async (state) => {
      const results: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        results.push(contentOf(await state.transcribe(speech, probes["sampling from the start"])));
      }
      expect(results[0]).toEqual(fresh["sampling from the start"]);
      expect(results.filter((result) => same(result, results[0])).length).toBeLessThan(4);
    });
  });
});

describe("after reset() results are a new state's, whatever came before", () => {
  describe.each(Object.keys(histories))("%s", (history) => {
    it.each(Object.keys(probes))("then %s", async (probe) => {
      await histories[history]?.(state);
      const resets = state.info.resets;
      await state.reset();
      expect(state.info.resets).toBe(resets + 1);
      expect(state.info.kvCacheBytes).toBe(freshKvBytes);
      const result = await state.transcribe(speech, probes[probe]);
      expect(contentOf(result)).toEqual(fresh[probe]);
    });
  });

  it("everything in one, twice", async () => {
    for (let round = 0; round < 2; round++) {
      await histories["audioContext 256 and 64"]?.(state);
      await histories["a fallback storm"]?.(state);
      await histories["previous text kept"]?.(state);
      await histories["aborted in the encoder"]?.(state);
      await state.reset();
      for (const name of Object.keys(probes)) {
        expect(contentOf(await state.transcribe(speech, probes[name]))).toEqual(fresh[name]);
        await state.reset();
      }
    }
  });
});

describe("memory after reset()", () => {
  it("is a new state's, give or take small vectors: several decoders and long audio leave nothing", async () => {
    await withState(context, async (state) => {
      await state.transcribe(joined(long, long, long, long), {
        ...{ ...one, tokenTimestamps: true, audioContext: 64, maxTokens: 1 },
      });
      await state.transcribe(noise(2, 0.5), { ...storm, bestOf: 8 });
      expect(state.info.kvCacheBytes).toBeGreaterThan(freshKvBytes);
      expect(state.info.bytes).toBeGreaterThan(freshBytes + 4e6);
      await state.reset();
      expect(state.info.kvCacheBytes).toBe(freshKvBytes);
      expect(state.info.bytes).toBeLessThan(freshBytes + 12e6);
    });
  });

  it("doesn't grow over 50 storms", async () => {
    await withState(context, async (state) => {
      const sizes: number[] = [];
      for (let i = 0; i < 50; i++) {
        await state.transcribe(noise(1, 0.5, i), { ...storm, audioContext: 64, maxTokens: 8 });
        await state.reset();
        sizes.push(state.info.bytes);
      }
      expect(Math.max(...sizes.slice(25))).toBeLessThanOrEqual(Math.max(...sizes.slice(0, 25)));
    });
  });
});

describe("without reset(), greedy without fallback and with the same audioContext is clean too", () => {
  const clean: TranscribeOptions = { ...one, temperatureIncrement: 0 };
  it.each([
    "silence",
    "noise",
    "German and French",
    "prompts",
    "a fallback storm",
    "aborted in the encoder",
    "token timestamps",
    "long audio",
  ])("after %s", async (history) => {
    const expected = await onNewState(clean);
    await withState(context, async (state) => {
      await histories[history]?.(state);
      expect(contentOf(await state.transcribe(speech, clean))).toEqual(expected);
    });
  });
});

describe("reset() itself", () => {
  it("waits its turn, counts, and takes a fraction of a creation", async () => {
    await withState(context, async (state) => {
      const order: string[] = [];
      const job = state.transcribe(speech, one).then(() => order.push("job"));
      const reset = state.reset().then(() => order.push("reset"));
      const next = state.transcribe(speech, one).then(() => order.push("next"));
      await Promise.all([job, reset, next]);
      expect(order).toEqual(["job", "reset", "next"]);
      expect(state.info).toMatchObject({ resets: 1, jobs: 2 });
      expect(state.info.resetMs).toBeGreaterThan(0);
      const times: number[] = [];
      for (let i = 0; i < 20; i++) {
        await state.reset();
        times.push(state.info.resetMs);
      }
      expect(Math.min(...times)).toBeLessThan(state.info.createMs);
    });
  });
});

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
