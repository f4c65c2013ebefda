import { cpus } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WhisperContext, type WhisperState } from "../../lib/index.js";
import { audioFiles, languageOf, samplesOf } from "./support/audio.js";
import { expectParity } from "./support/compare.js";
import { microModel } from "./support/programs.js";
import { Reference, type ReferenceOptions } from "./support/reference.js";

// Read when the addon, or the reference program, loads OpenMP: its threads don't spin while they wait, which would cost
// a busy machine most of its time. Results are the same.
process.env.OMP_WAIT_POLICY = "passive";

// A machine that is shared can take its time.
const TIMEOUT_MS = 600_000;
const threadCounts = [1, 2].filter((n) => n <= cpus().length);

/** Greedy and beam search, with and without token times; each with one of the languages and thread counts. */
function configurations(language: string): ReferenceOptions[] {
  const most = threadCounts.at(-1)!;
  return [
    { strategy: "greedy", tokenTimestamps: false, language, threads: 1 },
    { strategy: "greedy", tokenTimestamps: true, language: "auto", threads: most },
    { strategy: "beam", tokenTimestamps: true, language, threads: 1 },
    { strategy: "beam", tokenTimestamps: false, language: "auto", threads: 1 },
  ];
}

/** Leaves traces in everything that a job can leave traces in. */
async function makeDirty(state: WhisperState): Promise<void> {
  await state.transcribe(await samplesOf("en-digits.wav"), {
    threads: 1,
    audioContext: 300,
    language: "auto",
    noContext: false,
    prompt: "seven seven seven",
    temperature: 0.5,
    temperatureIncrement: 0.5,
    logprobThreshold: 100, // every attempt fails: up to temperature 1, with 8 decoders
    bestOf: 8,
    maxTokens: 8,
    tokenTimestamps: true,
  });
  await state.transcribe(await samplesOf("de-01.wav"), {
    threads: 1,
    language: "de",
    strategy: "beam",
    beamSize: 3,
    noContext: false,
  });
}

let context: WhisperContext;
let reference: Reference;
let used: WhisperState; // never new again, only reset
let reused: WhisperState; // not even reset

beforeAll(async () => {
  reference = new Reference(microModel("q5_0"));
  context = await WhisperContext.create(microModel("q5_0"), { backend: "cpu" });
  used = await context.createState();
  reused = await context.createState();
});

afterAll(async () => {
  reference?.close();
  await context?.free();
});

/** On a new state, and on a state that is reset after other work: upstream's result, bit by bit. */
async function checkBoth(
  options: ReferenceOptions,
  samples: Float32Array,
  { from = context, with: program = reference, junkStarts = false } = {},
): Promise<void> {
  const expected = await program.transcribe(samples, options);
  const what = JSON.stringify(options);
  const state = await from.createState();
  expectParity(await state.transcribe(samples, options), expected, `${what} on a new state`, {
    junkStarts,
  });
  await makeDirty(state);
  await state.reset();
  expectParity(await state.transcribe(samples, options), expected, `${what} on a reset state`, {
    junkStarts,
  });
  await state.free();
}

describe("whisper_full() on a context with its default state", () => {
  describe.each(audioFiles)("%s", (name) => {
    test("greedy and beam search, token times on and off", { timeout: TIMEOUT_MS }, async () => {
      const samples = await samplesOf(name);
      await makeDirty(used);
      for (const options of configurations(languageOf(name))) {
        const expected = await reference.transcribe(samples, options);
        const what = JSON.stringify(options);
        const fresh = await context.createState();
        expectParity(await fresh.transcribe(samples, options), expected, `${what} on a new state`);
        await fresh.free();
        await used.reset();
        expectParity(await used.transcribe(samples, options), expected, `${what} on a reset state`);
      }
    });

    test("greedy without fallback, on a state that is reused", {
      timeout: TIMEOUT_MS,
    }, async () => {
      const samples = await samplesOf(name);
      const options: ReferenceOptions = {
        temperatureIncrement: 0,
        language: languageOf(name),
        threads: 1,
      };
      const expected = await reference.transcribe(samples, options);
      expectParity(await reused.transcribe(samples, options), expected, JSON.stringify(options));
    });
  });

  const variants: [string, string, ReferenceOptions][] = [
    ["sampling", "en-digits.wav", { temperature: 0.6, temperatureIncrement: 0 }],
    ["fallbacks", "en-03.wav", { logprobThreshold: -0.001, bestOf: 3 }],
    ["beams and fallbacks", "en-03.wav", { strategy: "beam", logprobThreshold: -0.001, bestOf: 2 }],
    [
      "2 beams, 2 threads",
      "fr-01.wav",
      { strategy: "beam", beamSize: 2, threads: threadCounts.at(-1)! },
    ],
    ["short segments", "en-digits.wav", { tokenTimestamps: true, maxLength: 8 }],
    [
      "short segments at words",
      "en-digits.wav",
      { tokenTimestamps: true, maxLength: 12, splitOnWord: true },
    ],
    [
      "thresholds of token times",
      "en-04.wav",
      { tokenTimestamps: true, timestampThreshold: 0.4, timestampSumThreshold: 0.3 },
    ],
    [
      "a part of the audio",
      "long-75s.wav",
      { offsetMs: 20_000, durationMs: 15_000, tokenTimestamps: true },
    ],
    ["an offset", "long-75s.wav", { offsetMs: 41_230 }],
    ["a prompt", "en-05.wav", { prompt: "left right left" }],
    ["a prompt for every window", "long-75s.wav", { prompt: "one two three", carryPrompt: true }],
    ["no previous text", "long-75s.wav", { maxTextContext: 0 }],
    ["single segment", "en-digits.wav", { singleSegment: true }],
    ["few tokens", "en-digits.wav", { maxTokens: 3 }],
    ["a short encoder", "en-02.wav", { audioContext: 512 }],
    ["translation", "de-02.wav", { language: "de", translate: true }],
    ["no non-speech tokens", "en-06.wav", { suppressNonSpeech: true, suppressBlank: false }],
    ["suppressed tokens", "en-digits.wav", { suppressRegex: " (five|one)" }],
    ["late first timestamp", "en-07.wav", { maxInitialTimestampS: 5 }],
    ["length penalty", "en-08.wav", { strategy: "beam", lengthPenalty: 0.8 }],
  ];

  test.each(variants)("%s (%s)", { timeout: TIMEOUT_MS }, async (_, name, options) => {
    const samples = await samplesOf(name);
    await checkBoth({ threads: 1, language: languageOf(name), ...options }, samples);
  });

  test.each([
    ["f16", true],
    ["q8_0", true],
    ["f16", false],
  ] as const)(
    "%s model, flash attention: %s",
    { timeout: TIMEOUT_MS },
    async (type, flashAttention) => {
      const program = new Reference(microModel(type), { flashAttention });
      await using from = await WhisperContext.create(microModel(type), {
        backend: "cpu",
        flashAttention,
      });
      for (const name of ["en-digits.wav", "de-00.wav", "silence-5s.wav", "long-75s.wav"]) {
        const samples = await samplesOf(name);
        const [greedy, , beam] = configurations(languageOf(name));
        await checkBoth(greedy!, samples, { from, with: program });
        await checkBoth(beam!, samples, { from, with: program });
      }
      program.close();
    },
  );
});

describe("where upstream's own value is junk", () => {
  test("starts without timestamps are the windows', not a thousand seconds before the audio", {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (const [name, offsetMs] of [
      ["en-digits.wav", 0],
      ["en-digits.wav", 2340],
      ["long-75s.wav", 0],
    ] as const) {
      const samples = await samplesOf(name);
      const options = { threads: 1, language: "en", noTimestamps: true, offsetMs };
      const expected = await reference.transcribe(samples, options);
      await checkBoth(options, samples, { junkStarts: true });

      const state = await context.createState();
      const { segments } = await state.transcribe(samples, options);
      await state.free();
      expect(segments.length, name).toBeGreaterThan(0);
      segments.forEach(({ startMs, endMs }, i) => {
        expect(expected.segments[i]!.t0, "upstream's start").toBeLessThan(-60_000);
        expect(startMs).toBe(offsetMs + 30_000 * i);
        expect(endMs).toBe(startMs + 30_000);
      });
    }
  });

  test("tokens don't end before their segment begins", { timeout: TIMEOUT_MS }, async () => {
    const samples = await samplesOf("en-05.wav");
    const options = { threads: 1, language: "en", tokenTimestamps: true };
    const theirs = await reference.transcribe(samples, options);
    const before = theirs.segments.flatMap(({ t0, tokens }) =>
      tokens.filter((token) => token.t0 < t0 || token.t1 < t0),
    );
    expect(before.length, "such tokens of upstream's").toBeGreaterThan(0);

    await using state = await context.createState();
    for (const segment of (await state.transcribe(samples, options)).segments) {
      for (const { startMs, endMs } of segment.tokens) {
        expect(startMs).toBeGreaterThanOrEqual(segment.startMs);
        expect(endMs).toBeGreaterThanOrEqual(startMs!);
      }
    }
  });

  // Relative: these probabilities span many orders of magnitude.
  function expectSameProbability(value: number | undefined, expected: number, what: string): void {
    expect(value, what).toBeDefined();
    expect(Math.abs(Math.log(value!) - Math.log(expected)), what).toBeLessThan(0.01);
  }

  test("noSpeechProb with a given language", { timeout: TIMEOUT_MS }, async () => {
    for (const name of audioFiles) {
      const samples = await samplesOf(name);
      const language = languageOf(name);
      const state = await context.createState();
      const { segments } = await state.transcribe(samples, { threads: 1, language });
      await state.free();
      if (segments.length === 0) continue;

      const given = await reference.transcribe(samples, { threads: 1, language });
      const junk = given.segments[0]!.noSpeechProb;
      expect(junk, "upstream's: 1 / vocabulary, whatever the audio").toBeCloseTo(1 / 51865, 7);

      // With language detection, upstream's value is that of the first window's start-of-transcript token. It doesn't
      // depend on the language, which comes after it.
      const detected = await reference.transcribe(samples, { threads: 1, language: "auto" });
      const alone = await reference.noSpeechProb(samples, 0);
      expectSameProbability(segments[0]!.noSpeechProb, alone, `${name}: after a lone start token`);
      if (detected.segments.length > 0) {
        expectSameProbability(segments[0]!.noSpeechProb, detected.segments[0]!.noSpeechProb, name);
      }
    }
  });

  test("noSpeechProb of later windows", { timeout: TIMEOUT_MS }, async () => {
    const samples = await samplesOf("long-75s.wav");
    // Windows of exactly 30 s, whose prompts begin with the start-of-transcript token: no previous text.
    const options = { threads: 1, language: "auto", noTimestamps: true, maxTextContext: 0 };
    const state = await context.createState();
    const { segments } = await state.transcribe(samples, options);
    await state.free();
    expect(segments.length).toBe(3);

    const theirs = await reference.transcribe(samples, options);
    for (const [i, segment] of segments.entries()) {
      const alone = await reference.noSpeechProb(samples, 30_000 * i);
      expectSameProbability(segment.noSpeechProb, alone, `window ${i}`);
      // Upstream's is that of the last token decoded before, but for the first window's.
      const off = Math.abs(Math.log(theirs.segments[i]!.noSpeechProb) - Math.log(alone));
      if (i > 0) expect(off, `upstream's, window ${i}`).toBeGreaterThan(0.1);
    }
  });
});
