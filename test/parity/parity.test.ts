import { beforeAll, describe, test } from "vitest";
import type { WhisperState } from "../../lib/index.js";
import { audioFiles, languageOf, samplesOf } from "./support/audio.js";
import { expectParity } from "./support/compare.js";
import { makeDirty } from "./support/history.js";
import type { ReferenceOptions } from "./support/reference.js";
import { bothSides } from "./support/sides.js";
import { mostThreads } from "./support/threads.js";

// A machine that is shared can take its time.
const TIMEOUT_MS = 600_000;

/** Greedy and beam search, with and without token times; each with one of the languages and thread counts. */
function configurations(language: string): ReferenceOptions[] {
  return [
    { strategy: "greedy", tokenTimestamps: false, language, threads: 1 },
    { strategy: "greedy", tokenTimestamps: true, language: "auto", threads: mostThreads },
    { strategy: "beam", tokenTimestamps: true, language, threads: 1 },
    { strategy: "beam", tokenTimestamps: false, language: "auto", threads: 1 },
  ];
}

const sides = bothSides("q5_0");
let used: WhisperState; // never new again, only reset

beforeAll(async () => {
  used = await sides.context.createState();
});

/** On a new state, and on a state that is reset after other work: upstream's result, bit by bit. */
async function checkBoth(options: ReferenceOptions, samples: Float32Array): Promise<void> {
  const expected = await sides.reference.transcribe(samples, options);
  await using state = await sides.context.createState();
  expectParity(await state.transcribe(samples, options), expected, options, "a new state");
  await makeDirty(state);
  await state.reset();
  expectParity(await state.transcribe(samples, options), expected, options, "a reset state");
}

describe("whisper_full() on a context with its default state", () => {
  test.each(audioFiles)("%s", { timeout: TIMEOUT_MS }, async (name) => {
    const samples = await samplesOf(name);
    await makeDirty(used);
    for (const options of configurations(languageOf(name))) {
      const expected = await sides.reference.transcribe(samples, options);
      await using fresh = await sides.context.createState();
      expectParity(await fresh.transcribe(samples, options), expected, options, "a new state");
      await used.reset();
      expectParity(await used.transcribe(samples, options), expected, options, "a reset state");
    }
  });

  const variants: [string, string, ReferenceOptions][] = [
    ["sampling", "en-digits.wav", { temperature: 0.6, temperatureIncrement: 0 }],
    ["fallbacks", "en-03.wav", { logprobThreshold: -0.001, bestOf: 3 }],
    ["beams and fallbacks", "en-03.wav", { strategy: "beam", logprobThreshold: -0.001, bestOf: 2 }],
    ["2 beams, 2 threads", "fr-01.wav", { strategy: "beam", beamSize: 2, threads: mostThreads }],
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
    ["a suppressed pattern", "en-digits.wav", { suppressRegex: " (five|one)" }],
    ["suppressed tokens", "en-digits.wav", { suppressTokens: [262, 258] }],
    ["a prompt of tokens", "long-75s.wav", { promptTokens: [262, 258, 264], prompt: "no" }],
    [
      "no fallback for what repeats itself",
      "en-03.wav",
      { entropyThreshold: -1000, logprobThreshold: -0.001, bestOf: 2 },
    ],
    ["fallback for what doesn't", "en-09.wav", { entropyThreshold: 1000, bestOf: 2 }],
    ["late first timestamp", "en-07.wav", { maxInitialTimestampS: 5 }],
    ["length penalty", "en-08.wav", { strategy: "beam", lengthPenalty: 0.8 }],
  ];

  test.each(variants)("%s (%s)", { timeout: TIMEOUT_MS }, async (_, name, options) => {
    const samples = await samplesOf(name);
    await checkBoth({ threads: 1, language: languageOf(name), ...options }, samples);
  });

  describe.each([
    ["f16", true],
    ["q8_0", true],
    ["f16", false],
  ] as const)("%s model, flash attention: %s", (type, flashAttention) => {
    const others = bothSides(type, { flashAttention });
    let state: WhisperState;
    beforeAll(async () => {
      state = await others.context.createState();
    });

    // Each file with one of the configurations, so that every one is tried with several files.
    test.each(audioFiles)("%s", { timeout: TIMEOUT_MS }, async (name) => {
      const samples = await samplesOf(name);
      const options = configurations(languageOf(name))[audioFiles.indexOf(name) % 4]!;
      const expected = await others.reference.transcribe(samples, options);
      await using fresh = await others.context.createState();
      expectParity(await fresh.transcribe(samples, options), expected, options, "a new state");
      await state.reset();
      expectParity(await state.transcribe(samples, options), expected, options, "a reset state");
    });
  });
});
