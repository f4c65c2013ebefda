import { beforeAll, describe, expect, test } from "vitest";
import type { WhisperState } from "../../lib/index.js";
import { audioFiles, languageOf, samplesOf } from "./support/audio.js";
import { P_TOLERANCE } from "./support/compare.js";
import { bothSides } from "./support/sides.js";
import { mostThreads } from "./support/threads.js";

// Upstream has a code, "yue", whose token id is <|translate|> in a model of 99 languages such as this one. Ours are the
// probabilities of the languages that the model has: upstream's without that one, which leaves more for the others.
describe("probabilities of languages are upstream's, but for the one that the model lacks", () => {
  const sides = bothSides("q5_0");
  let state: WhisperState;
  beforeAll(async () => {
    state = await sides.context.createState();
  });

  test.each(audioFiles)("%s", { timeout: 600_000 }, async (name) => {
    const samples = await samplesOf(name);
    const threads = audioFiles.indexOf(name) % 2 === 0 ? 1 : mostThreads;
    const theirs = await sides.reference.languages(samples, threads);
    const upstream = Object.fromEntries(theirs.probabilities);
    expect(Object.keys(upstream).length).toBe(100);
    const rest = 1 - upstream.yue!;

    await state.reset();
    const detected = await state.detectLanguage(samples, { threads });
    await state.reset();
    const result = await state.transcribe(samples, { threads, language: "auto" });
    if (theirs.language !== "yue") expect(detected.language).toBe(theirs.language);
    expect(result.language).toBe(detected.language);
    expect(detected.languageProb).toBe(detected.languageProbs[detected.language]);
    for (const probabilities of [detected.languageProbs, result.languageProbs ?? expect.fail()]) {
      expect(Object.keys(probabilities).length).toBe(99);
      for (const [code, p] of Object.entries(probabilities)) {
        expect(Math.abs(p - upstream[code]! / rest), code).toBeLessThanOrEqual(P_TOLERANCE);
      }
    }
    const spoken = languageOf(name);
    if (/^(en|de|fr)-\d/.test(name)) expect(detected.language).toBe(spoken);
  });
});
