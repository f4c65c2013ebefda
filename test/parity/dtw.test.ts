import { beforeAll, describe, expect, test } from "vitest";
import type { WhisperState } from "../../lib/index.js";
import { audioFiles, languageOf, samplesOf } from "./support/audio.js";
import { expectParity } from "./support/compare.js";
import { makeDirty } from "./support/history.js";
import type { ReferenceOptions } from "./support/reference.js";
import { bothSides } from "./support/sides.js";
import { mostThreads } from "./support/threads.js";

const dtwHeads = [
  { layer: 1, head: 0 },
  { layer: 2, head: 1 },
];

describe("token times by dynamic time warping are upstream's", () => {
  const sides = bothSides("q5_0", { flashAttention: false, dtwHeads });
  let used: WhisperState;
  beforeAll(async () => {
    used = await sides.context.createState();
  });

  test.each(audioFiles)("%s", { timeout: 600_000 }, async (name) => {
    const samples = await samplesOf(name);
    const language = languageOf(name);
    const configurations: ReferenceOptions[] = [
      { threads: 1, language },
      { threads: mostThreads, language: "auto", tokenTimestamps: true },
      { threads: 1, language, strategy: "beam", beamSize: 2 },
    ];
    const options = configurations[audioFiles.indexOf(name) % configurations.length]!;
    const expected = await sides.reference.transcribe(samples, options);
    const times = expected.segments.flatMap(({ tokens }) => tokens.map(({ dtw }) => dtw));
    if (times.length > 0) expect(Math.max(...times), "upstream's times").toBeGreaterThan(0);

    await using fresh = await sides.context.createState();
    expectParity(await fresh.transcribe(samples, options), expected, options, "a new state");
    await makeDirty(used, 0);
    await used.reset();
    expectParity(await used.transcribe(samples, options), expected, options, "a reset state");
  });
});
