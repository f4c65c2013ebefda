import { describe, expect, test } from "vitest";
import { audioFiles, languageOf, samplesOf } from "./support/audio.js";
import { expectParity } from "./support/compare.js";
import { bothSides } from "./support/sides.js";

const TIMEOUT_MS = 600_000;

const sides = bothSides("q5_0");

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
      const expected = await sides.reference.transcribe(samples, options);
      await using state = await sides.context.createState();
      const result = await state.transcribe(samples, options);
      expectParity(result, expected, options, "a new state", { junkStarts: true });
      const { segments } = result;
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
    const theirs = await sides.reference.transcribe(samples, options);
    const before = theirs.segments.flatMap(({ t0, tokens }) =>
      tokens.filter((token) => token.t0 < t0 || token.t1 < t0),
    );
    expect(before.length, "such tokens of upstream's").toBeGreaterThan(0);

    await using state = await sides.context.createState();
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
      const state = await sides.context.createState();
      const { segments } = await state.transcribe(samples, { threads: 1, language });
      await state.free();
      if (segments.length === 0) continue;

      const given = await sides.reference.transcribe(samples, { threads: 1, language });
      const junk = given.segments[0]!.noSpeechProb;
      expect(junk, "upstream's: 1 / vocabulary, whatever the audio").toBeCloseTo(1 / 51865, 7);

      // With language detection, upstream's value is that of the first window's start-of-transcript token. It doesn't
      // depend on the language, which comes after it.
      const detected = await sides.reference.transcribe(samples, { threads: 1, language: "auto" });
      const alone = await sides.reference.noSpeechProb(samples, 0);
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
    const state = await sides.context.createState();
    const { segments } = await state.transcribe(samples, options);
    await state.free();
    expect(segments.length).toBe(3);

    const theirs = await sides.reference.transcribe(samples, options);
    for (const [i, segment] of segments.entries()) {
      const alone = await sides.reference.noSpeechProb(samples, 30_000 * i);
      expectSameProbability(segment.noSpeechProb, alone, `window ${i}`);
      // Upstream's is that of the last token decoded before, but for the first window's.
      const off = Math.abs(Math.log(theirs.segments[i]!.noSpeechProb) - Math.log(alone));
      if (i > 0) expect(off, `upstream's, window ${i}`).toBeGreaterThan(0.1);
    }
  });

  test("noSpeechProb with previous text", { timeout: TIMEOUT_MS }, async () => {
    const samples = await samplesOf("long-75s.wav");
    // Windows of exactly 30 s again; the text of a window is the previous text of the next one.
    const options = { threads: 1, language: "en", noTimestamps: true, temperatureIncrement: 0 };
    const previous = [258, 259]; // " one two"
    await using state = await sides.context.createState();
    const { segments } = await state.transcribe(samples, { ...options, promptTokens: previous });
    expect(segments.length).toBe(3);
    await state.reset();
    const alone = await state.transcribe(samples, { ...options, maxTextContext: 0 });

    for (const [i, segment] of segments.entries()) {
      const expected = await sides.reference.noSpeechProb(samples, 30_000 * i, previous);
      expectSameProbability(segment.noSpeechProb, expected, `window ${i}`);
      previous.push(...segment.tokens.map(({ id }) => id));
      const without = alone.segments[i]?.noSpeechProb ?? Number.NaN;
      expect(Math.abs(Math.log(expected / without)), "the text's part").toBeGreaterThan(0.01);
    }
  });
});
