import { beforeAll, describe, expect, test } from "vitest";
import type { WhisperState } from "../../lib/index.js";
import { audioFiles, languageOf, samplesOf } from "./support/audio.js";
import { expectParity } from "./support/compare.js";
import { abortOne, makeDirty } from "./support/history.js";
import type { ReferenceOptions } from "./support/reference.js";
import { bothSides } from "./support/sides.js";
import { mostThreads } from "./support/threads.js";

const TIMEOUT_MS = 600_000;

const sides = bothSides("q5_0");

// What docs/options.md promises without reset(): greedy without fallback, all of the encoder's positions, no context.
describe("a state that is reused without reset()", () => {
  let reused: WhisperState;
  beforeAll(async () => {
    reused = await sides.context.createState();
  });

  const clean = { temperatureIncrement: 0 } as const;
  const jobs: ((language: string) => ReferenceOptions)[] = [
    (language) => ({ ...clean, threads: 1, language }),
    () => ({ ...clean, threads: mostThreads, language: "auto" }),
    (language) => ({ ...clean, threads: 1, language, tokenTimestamps: true }),
    (language) => ({ ...clean, threads: 1, language, prompt: "left right", maxTextContext: 64 }),
    () => ({
      ...clean,
      threads: mostThreads,
      language: "auto",
      tokenTimestamps: true,
      maxLength: 9,
    }),
  ];

  const histories: Record<string, (state: WhisperState) => Promise<unknown>> = {
    "the same work": async () => undefined,
    "an abort": abortOne,
    fallbacks: async (state) =>
      state.transcribe(await samplesOf("en-digits.wav"), {
        ...{ threads: 1, logprobThreshold: 100, bestOf: 8, maxTokens: 8 },
      }),
    beams: async (state) =>
      state.transcribe(await samplesOf("de-01.wav"), {
        ...{ threads: 1, language: "de", strategy: "beam", prompt: "eins zwei", carryPrompt: true },
      }),
    "context that was kept": async (state) =>
      state.transcribe(await samplesOf("fr-00.wav"), {
        ...{ threads: 1, language: "fr", noContext: false, offsetMs: 500, maxInitialTimestampS: 3 },
      }),
  };
  const names = Object.keys(histories);

  // Every pair of a job and a history comes up about once.
  test.each(
    audioFiles.map((name, i) => [name, names[Math.floor(i / jobs.length) % names.length]!, i]),
  )("%s after %s", { timeout: TIMEOUT_MS }, async (file, history, index) => {
    const name = String(file);
    const options = jobs[Number(index) % jobs.length]!(languageOf(name));
    const samples = await samplesOf(name);
    const expected = await sides.reference.transcribe(samples, options);
    await histories[history]!(reused);
    expectParity(await reused.transcribe(samples, options), expected, options, "a reused state");
  });

  test("takes the text of the job before, when it is told to", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const kept: ReferenceOptions = { ...clean, threads: 1, language: "en", noContext: false };
    await using state = await sides.context.createState();
    const promptTokens: number[] = [];
    for (const name of ["en-01.wav", "en-digits.wav", "long-75s.wav", "en-02.wav"]) {
      const samples = await samplesOf(name);
      const expected = await sides.reference.transcribe(samples, kept, { keep: "text" });
      const ours = await state.transcribe(samples, kept);
      expectParity(ours, expected, kept, `a state with text, ${name}`);
      promptTokens.push(ours.timing.promptTokens / ours.timing.windows);
    }
    expect(promptTokens[1]).toBeGreaterThan(promptTokens[0]!);
    await state.reset();
    const samples = await samplesOf("en-digits.wav");
    const alone = await sides.reference.transcribe(samples, kept);
    expectParity(await state.transcribe(samples, kept), alone, kept, "a reset state");
  });
});

// Sampling consumes random numbers, and beams too: only reset() gives the ones of a new state.
describe("a state that is reset after each history", () => {
  const sampled: ReferenceOptions = {
    ...{ threads: 1, language: "en", temperature: 0.8, bestOf: 3, tokenTimestamps: true },
  };
  const histories: Record<string, (state: WhisperState) => Promise<unknown>> = {
    nothing: async () => undefined,
    "all kinds of work": makeDirty,
    "an abort": abortOne,
    "two threads and few encoder positions": async (state) =>
      state.transcribe(await samplesOf("en-03.wav"), { threads: mostThreads, audioContext: 64 }),
    "an hour of silence, almost all skipped": async (state) =>
      state.transcribe(new Float32Array(3600 * 16_000), { threads: 1, offsetMs: 3_598_000 }),
    "a detected language": async (state) =>
      state.detectLanguage(await samplesOf("de-02.wav"), { threads: 1 }),
    "a refused job": async (state) =>
      state.transcribe(new Float32Array(16_000), { language: "xx" }).then(
        () => Promise.reject(new Error("it was accepted")),
        () => undefined,
      ),
  };

  test.each(Object.entries(histories))("%s", { timeout: TIMEOUT_MS }, async (_, history) => {
    await using state = await sides.context.createState();
    for (const name of ["en-digits.wav", "fr-02.wav"]) {
      const samples = await samplesOf(name);
      const options = { ...sampled, language: languageOf(name) };
      const expected = await sides.reference.transcribe(samples, options);
      await history(state);
      await state.reset();
      expectParity(await state.transcribe(samples, options), expected, options, "a reset state");
    }
  });
});
