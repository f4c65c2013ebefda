// "A job's result does not depend on what ran before it": on one slot, jobs of every kind in a random order, each compared
// bit for bit with the same job on a new state of a plain context.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AudioInput,
  type JobOptions,
  type JobReport,
  type ResetPolicy,
  WhisperContext,
} from "../../../lib/index.js";
import { audioPath, joined, noise, samplesOf, silence } from "../../support/micro.js";
import { seededRandom } from "../../support/random.js";
import { until } from "../../support/until.js";
import { makePool, poolContentOf, singleRun, storm } from "./support.js";

interface Kind {
  audio: AudioInput;
  options: JobOptions;
  /** Ms after its first sign of progress. */
  cancelAfter?: number;
  fails?: boolean;
}

const kinds: Record<string, Kind> = {
  greedy: { audio: samplesOf("en-01.wav"), options: {} },
  "two windows": {
    audio: joined(samplesOf("en-digits.wav"), silence(16), samplesOf("en-08.wav")),
    options: {},
  },
  German: { audio: audioPath("de-00.wav"), options: { language: "de" } },
  "French, translated": {
    audio: audioPath("fr-00.wav"),
    options: { language: "fr", translate: true },
  },
  "language auto": { audio: audioPath("de-01.wav"), options: { language: "auto" } },
  prompt: { audio: audioPath("en-02.wav"), options: { prompt: "seven eight nine" } },
  "prompt, carried": {
    audio: audioPath("en-03.wav"),
    options: { prompt: "hello right", carryPrompt: true, maxTextContext: 64 },
  },
  "token times": {
    audio: samplesOf("en-04.wav"),
    options: { tokenTimestamps: true, maxLength: 8, splitOnWord: true },
  },
  "no timestamps": { audio: audioPath("en-05.wav"), options: { noTimestamps: true } },
  "grammar and suppression": {
    audio: audioPath("en-00.wav"),
    options: { grammar: 'root ::= " four" | " five"', suppressRegex: " five" },
  },
  silence: { audio: silence(3), options: {} },
  noise: { audio: noise(3, 0.8), options: {} },
  "a storm in noise": { audio: noise(2, 0.5), options: { ...storm, bestOf: 8 } },
  "a storm in speech": { audio: audioPath("en-00.wav"), options: storm },
  "beam search": { audio: samplesOf("en-01.wav"), options: { strategy: "beam" } },
  "sampling from the start": {
    audio: samplesOf("en-02.wav"),
    options: { temperature: 0.9, temperatureIncrement: 0, bestOf: 3 },
  },
  "text kept": { audio: samplesOf("en-01.wav"), options: { noContext: false } },
  "text kept, another language": {
    audio: audioPath("de-00.wav"),
    options: { noContext: false, language: "de" },
  },
  "256 positions": { audio: audioPath("en-02.wav"), options: { audioContext: 256 } },
  "256 positions, language auto": {
    audio: audioPath("de-00.wav"),
    options: { audioContext: 256, language: "auto" },
  },
  "64 positions": { audio: audioPath("en-00.wav"), options: { audioContext: 64 } },
  "cancelled in the encoder": {
    audio: samplesOf("long-75s.wav"),
    options: { prompt: "nine nine" },
    cancelAfter: 20,
  },
  "cancelled in the decoder": {
    audio: samplesOf("en-09.wav"),
    options: { ...storm, strategy: "beam" },
    cancelAfter: 150,
  },
  "bad audio": { audio: Buffer.from("no audio at all"), options: { ffmpeg: false }, fails: true },
  "samples that are no numbers": {
    audio: new Float32Array(9000).fill(Number.NaN),
    options: {},
    fails: true,
  },
};
const names = Object.keys(kinds);

/** Where traps of whisper.cpp were found, then everything in a random order. */
const sequence = [
  ...["256 positions", "256 positions, language auto", "language auto", "64 positions", "greedy"],
  ...["256 positions", "256 positions", "cancelled in the encoder", "256 positions, language auto"],
  ...["text kept", "text kept", "text kept, another language", "greedy", "text kept"],
  ...["sampling from the start", "sampling from the start", "a storm in speech", "beam search"],
  ...randomOrder(5, 4),
];

let expected: Record<string, unknown>;

beforeAll(async () => {
  const context = await WhisperContext.create(undefined, { backend: "cpu" });
  expected = {};
  for (const [name, { audio, options, cancelAfter, fails }] of Object.entries(kinds)) {
    if (cancelAfter === undefined && !fails) {
      expected[name] = await singleRun(context, audio, options);
    }
  }
  await context.free();
});

interface Run {
  /** Kinds whose result was another one, each with what had run before. */
  different: string[];
  reports: JobReport[];
  resets: number;
}

/** Runs the sequence on one slot. */
async function run(reset: ResetPolicy, order: readonly string[]): Promise<Run> {
  const pool = await makePool({ reset });
  const reports: JobReport[] = [];
  pool.on("job", (report) => reports.push(report));
  const different: string[] = [];
  for (const [i, name] of order.entries()) {
    const { audio, options, cancelAfter, fails } = kinds[name]!;
    const job = pool.transcribe(audio, {
      ...{ ...options, id: `${i} ${name}` },
      onProgress: () => cancelAfter && setTimeout(() => job.cancel(), cancelAfter),
    });
    const result = await job.catch(() => undefined);
    if (result === undefined) {
      expect(job.status, name).toBe(fails ? "failed" : "cancelled");
    } else if (expected[name] && !same(poolContentOf(result), expected[name])) {
      different.push(`${name} after ${order[i - 1] ?? "nothing"}`);
    }
  }
  await until(() => reports.length === order.length);
  const { resets } = pool.stats().counters;
  await pool.close();
  return { different, reports, resets };
}

describe("a job's result doesn't depend on what ran before it", () => {
  const seen: string[] = [];
  afterAll(() => console.log(seen.join("\n")));
  const say = (policy: string, { different, reports, resets }: Run) => {
    const counts = ["completed", "cancelled", "failed"].map((outcome) => {
      return `${reports.filter((report) => report.outcome === outcome).length} ${outcome}`;
    });
    const reused = reports.filter(({ place }) => (place?.jobsSinceReset ?? 0) > 0).length;
    seen.push(
      `reset ${policy}: ${reports.length} jobs (${counts.join(", ")}), ${resets} resets, ${reused} on a used state; ` +
        `other results: ${different.join("; ") || "none"}`,
    );
    return reused;
  };

  it("with reset every-job", async () => {
    const done = await run("every-job", sequence);
    expect(say("every-job", done)).toBe(0);
    expect(done.different).toEqual([]);
    // What fails before it reaches the state leaves nothing.
    expect(done.resets).toBeGreaterThan(0.8 * sequence.length);
  }, 120_000);

  it("with reset when-dirty, which resets less", async () => {
    const done = await run("when-dirty", sequence);
    const reused = say("when-dirty", done);
    expect(done.different).toEqual([]);
    expect(reused).toBeGreaterThan(0.15 * sequence.length);
    expect(done.resets).toBeLessThan(0.8 * sequence.length);
  }, 120_000);

  it("with reset when-dirty, jobs with default options need none as long as nothing falls back", async () => {
    const clean = [
      "greedy",
      "German",
      "prompt",
      "silence",
      "language auto",
      "greedy",
      "token times",
    ];
    const order = [...clean, ...clean];
    const done = await run("when-dirty", order);
    say("when-dirty, default options", done);
    expect(done.different).toEqual([]);
    expect(done.resets).toBe(0);
    expect(done.reports.map(({ place }) => place?.jobsSinceReset)).toEqual([...order.keys()]);
    expect(done.reports.every(({ timing }) => timing?.fallbacks === 0)).toBe(true);
  });

  it("with reset never it does: this test can fail", async () => {
    const done = await run("never", sequence.slice(0, 40));
    expect(say("never", done)).toBeGreaterThan(30);
    expect(done.resets).toBe(0);
    expect(done.different.length).toBeGreaterThan(0);
    expect(done.different.join()).toContain("sampling from the start after sampling");
    expect(done.different.join()).toContain("text kept after text kept");
  });
});

/** Each kind some times, none often after the same. */
function randomOrder(seed: number, rounds: number): string[] {
  const random = seededRandom(seed);
  return Array.from({ length: rounds * names.length }, () => {
    return names[Math.floor(random() * names.length)]!;
  });
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
