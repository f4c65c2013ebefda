// Diagnoses with known contents, as an experiment and logs would give them. The same for the same seed.

import { randomLogNormal, randomNormal } from "d3-random";
import { ARMS, type Arm, type ClipClass } from "../../../lib/diagnose/arms.js";
import type {
  Contrast,
  Diagnosis,
  Effect,
  HypothesisId,
  HypothesisResult,
  Interval,
  Remedy,
  Verdict,
} from "../../../lib/diagnose/diagnosis.js";
import type { Measurement } from "../../../lib/diagnose/measurement.js";
import { seededRandom } from "../../../lib/health/random.js";

const MIB = 2 ** 20;

const CLIPS = [
  { name: "sine-1", clipClass: "sine", audioSeconds: 8, windows: 1, tokens: 2 },
  { name: "short-1", clipClass: "short", audioSeconds: 3.66, windows: 1, tokens: 14 },
  { name: "medium-1", clipClass: "medium", audioSeconds: 10.94, windows: 1, tokens: 41 },
  { name: "long-1", clipClass: "long", audioSeconds: 41.2, windows: 2, tokens: 160 },
  { name: "long-2", clipClass: "long", audioSeconds: 44.7, windows: 2, tokens: 172 },
] as const satisfies readonly {
  name: string;
  clipClass: ClipClass;
  audioSeconds: number;
  windows: number;
  tokens: number;
}[];

const AGEING: readonly Arm[] = ["kept", "at-once", "slowly"];

export interface SampleOptions {
  readonly blocks?: number;
  readonly seed?: number;
  /** Slowdown of a kept state at the end of the run, as a factor. */
  readonly slowdown?: number;
  /** Growth of the kept process per job. */
  readonly leakBytes?: number;
}

/** An experiment in which a kept state gets slower steadily. */
export function sampleDiagnosis({
  blocks = 40,
  seed = 1,
  slowdown = 1.35,
  leakBytes = 0,
}: SampleOptions = {}): Diagnosis {
  const { measurements, residuals } = runOf({ blocks, seed, slowdown, leakBytes });
  const effect = Math.exp(0.75 * Math.log(slowdown));
  const slow = slowdown > 1.1;
  return {
    kind: "experiment",
    schema: 1,
    startedAt: "2026-03-02T08:15:00.000Z",
    finishedAt: "2026-03-02T08:47:30.000Z",
    blocks,
    stopped: "blocks",
    settings: {
      model: "models/ggml-small-q5_1.bin",
      clips: CLIPS.map(({ name, clipClass, audioSeconds }) => ({
        name,
        clipClass,
        audioSeconds,
        source: clipClass === "sine" ? "made" : "recordings/interview.wav, 12.40 s to 53.60 s",
      })),
      blocks,
      maxBlocks: 60,
      timeLimitMinutes: undefined,
      threads: 4,
      seed,
      compareWith: undefined,
      options: { language: "en", beamSize: 5 },
    },
    machine: {
      platform: "linux x64",
      cpu: "AMD EPYC 7543P 32-Core Processor",
      cores: 32,
      memoryBytes: 128 * 2 ** 30,
      node: "22.14.0",
      version: "0.1.0",
      whisperVersion: "1.9.1",
    },
    device: {
      requested: "auto",
      backend: "cpu",
      name: "AMD EPYC 7543P 32-Core Processor",
      gpu: false,
      gpuSigns: [],
      utilisation: interval(0.91, 0.88, 0.94, 0.9),
      speedup: undefined,
      realTimeFactor: interval(0.212, 0.197, 0.229, 0.9),
      jobs: measurements.length,
    },
    contrasts: contrastsOf(effect, blocks),
    hypotheses: hypothesesOf(effect, slow, leakBytes, measurements.length),
    remedies: remediesOf(slow ? effect : 1),
    memory: {
      rssBytesPerJob: interval(leakBytes, leakBytes - 9000, leakBytes + 9000, 0.98),
      gpuBytesPerJob: undefined,
      freedWithStatesBytes: 310 * MIB,
      freedWithContextBytes: 190 * MIB,
    },
    jobs: { judged: residuals.length, waited: 3, failed: 0 },
    residuals,
    summary: slow
      ? [
          `Transcription gets slower here: a kept decoder state takes ${effect.toFixed(2)} times as long as a fresh one, and a reset of the state cures it.`,
          "Memory doesn't grow, reading the segments late doesn't matter, and the processor does its work.",
          "Cheapest remedy: reset the state after every job, for 0.4 % of the time.",
        ]
      : ["Transcription doesn't get slower here: a job's time follows its work."],
    measurements,
  };
}

function runOf({ blocks, seed, slowdown, leakBytes }: Required<SampleOptions>) {
  const random = seededRandom(seed);
  const noise = randomNormal.source(random)(0, 0.05);
  const outlier = randomLogNormal.source(random)(0.6, 0.4);
  const measurements: Measurement[] = [];
  const residuals: { seq: number; total: number; decode: number }[] = [];
  let rssBytes = 610 * MIB;
  for (let block = 0; block < blocks; block++) {
    const clip = CLIPS[Math.floor(random() * CLIPS.length)] as (typeof CLIPS)[number];
    const machine = 1 + 0.06 * Math.sin(block / 6);
    const arms = ARMS.filter((arm) => arm !== "other")
      .map((arm) => ({ arm, order: random() }))
      .sort((a, b) => a.order - b.order);
    for (const { arm } of arms) {
      const seq = measurements.length;
      const aged = AGEING.includes(arm) ? slowdown ** (block / blocks) : 1;
      const luck = Math.exp(noise()) * (random() < 0.02 ? outlier() : 1);
      const encodeMs = 480 * clip.windows * machine;
      const decodeMs = (60 * clip.windows + 17 * clip.tokens) * machine * aged * luck;
      const expected = 480 * clip.windows + 60 * clip.windows + 17 * clip.tokens;
      const outside = arm === "fresh-process";
      if (!outside) rssBytes += leakBytes + 20_000 * noise() + 4e5 / (1 + seq);
      measurements.push({
        ...{ seq, block, arm, clip: clip.name, clipClass: clip.clipClass },
        ...{ audioSeconds: clip.audioSeconds, age: block, session: 0 },
        ...{ wallMs: encodeMs + decodeMs, encodeMs, shareAtWork: 1 },
        ...{ cpuMs: 3.6 * (encodeMs + decodeMs), threads: 4, windows: clip.windows },
        ...{ tokens: clip.tokens, fallbackTokens: 0, promptTokens: 0, fallbacks: 0 },
        segments: Math.ceil(clip.tokens / 14),
        memory: { after: { rssBytes: outside ? 612 * MIB : Math.round(rssBytes) } },
        setUpMs: outside ? 2500 : 0,
      });
      residuals.push({
        seq,
        total: (encodeMs + decodeMs) / expected,
        decode: machine * aged * luck,
      });
    }
  }
  return { measurements, residuals };
}

export function interval(
  estimate: number,
  low: number,
  high: number,
  confidence: number,
): Interval {
  return { estimate, low, high, confidence };
}

/** An interval that narrows with the number of pairs. */
function factorOf(estimate: number, pairs: number, confidence: number): Interval {
  const half = ((confidence > 0.95 ? 2.33 : 1.64) * 0.075) / Math.sqrt(Math.max(1, pairs / 2));
  return interval(estimate, estimate * Math.exp(-half), estimate * Math.exp(half), confidence);
}

function contrastsOf(effect: number, blocks: number): Contrast[] {
  const pairs: [Arm, Arm, number][] = [
    ["kept", "at-once", 1.004],
    ["slowly", "at-once", 0.997],
    ["at-once", "fresh-state", effect],
    ["fresh-state", "fresh-context", 1.006],
    ["at-once", "fresh-context", effect * 1.006],
    ["fresh-context", "fresh-process", 0.994],
    ["at-once", "fresh-process", effect * 0.99],
    ["fresh-state", "no-previous-text", 1.031],
  ];
  return pairs.map(([slow, fast, estimate]) => {
    const pairs = fast === "no-previous-text" ? Math.floor(blocks / 4) : blocks;
    const effect98 = factorOf(estimate, pairs, 0.98);
    const equivalence = factorOf(estimate, pairs, 0.9);
    return {
      ...{ id: `${slow}/${fast}`, slow, fast, channel: "decode" as const, pairs },
      ...{ effect: effect98, equivalence, verdict: verdictOf(effect98, equivalence) },
    };
  });
}

function verdictOf(effect: Interval, equivalence: Interval): Verdict {
  if (effect.low > 1.05) return "supported";
  return equivalence.high < 1.1 ? "refuted" : "undetermined";
}

function hypothesesOf(
  effect: number,
  slow: boolean,
  leak: number,
  jobs: number,
): HypothesisResult[] {
  const factor = (estimate: number, of: string): Effect => ({
    ...factorOf(estimate, 40, 0.98),
    ...{ unit: "factor", of },
  });
  const hypothesis = (
    id: HypothesisId,
    title: string,
    verdict: Verdict,
    effect: Effect | undefined,
    says: string[],
    wouldSettle?: string,
    parts: HypothesisResult["parts"] = [],
  ): HypothesisResult => ({ id, title, verdict, effect, parts, jobs, says, wouldSettle });
  const aged = factor(effect, "state kept / fresh state, decoding");
  return [
    hypothesis(
      ...(["H0", "Cost follows work", slow ? "refuted" : "supported"] as const),
      factor(effect * 0.99, "state kept / fresh process, decoding"),
      ["Windows and words explain 96 % of the differences between jobs."],
    ),
    hypothesis(
      ...(["H1", "State accumulates in the library", slow ? "supported" : "refuted"] as const),
      aged,
      ["A fresh state is as fast as at the start: what builds up sits in the decoder state."],
      undefined,
      [
        {
          id: "state",
          title: "Decoder state",
          verdict: slow ? "supported" : "refuted",
          effect: aged,
        },
        ...(["context", "process"] as const).map((id) => ({
          ...{ id, title: id === "context" ? "Context" : "Process", verdict: "refuted" as const },
          effect: factor(1.004, `fresh ${id} told apart`),
        })),
      ],
    ),
    hypothesis(
      ...(["H2", "Reading segments late slows decoding", "refuted"] as const),
      factor(1.004, "read late / read at once, decoding"),
      ["The slow reader had all segments 0.32 s after decoding was done, which took x1.00."],
    ),
    hypothesis(
      ...(["H3", "Memory leaks or fragments", leak > 5e5 ? "supported" : "refuted"] as const),
      { ...interval(leak, leak - 9000, leak + 9000, 0.98), unit: "bytes-per-job", of: "memory" },
      ["The process that was kept grew by 0.4 MiB in all."],
    ),
    hypothesis(
      ...(["H4", "Previous text slows decoding", "undetermined"] as const),
      factor(1.031, "with / without previous text, decoding"),
      ["Ten pairs of long clips leave it open."],
      "About 18 more blocks with clips of two windows.",
    ),
    hypothesis(
      ...(["H5", "Another build or model differs", "undetermined", undefined] as const),
      ["Nothing was compared with."],
      "Run it with --compare-with and the other model or build.",
    ),
    hypothesis(
      ...(["H6", "The device isn't doing the work", "refuted"] as const),
      { ...interval(0.91, 0.88, 0.94, 0.9), unit: "share", of: "time in which threads computed" },
      ["The processor computed for 91 % of the time."],
    ),
  ];
}

function remediesOf(effect: number): Remedy[] {
  const remedy = (
    id: Remedy["id"],
    title: string,
    price: number,
    gain: number,
    extraMib: number,
    says: string,
  ): Remedy => ({
    ...{ id, title, says, horizonJobs: 1000, extraBytes: extraMib * MIB },
    price: interval(price, price * 0.9, price * 1.1, 0.9),
    gain: interval(gain, gain * 0.85, gain * 1.1, 0.9),
  });
  const gain = 1 - 1 / effect;
  return [
    remedy("nothing", "Do nothing", 0, 0, 0, "The slowdown stays."),
    remedy("every-job", "Reset the state after every job", 0.004, gain, 0, "Pays at once."),
    remedy("every-5-jobs", "New worker after 5 jobs (A)", 0.19, gain * 0.98, 0, "Pays little."),
    remedy("pool-of-3", "Pool of 3, 20 jobs each (B)", 0.048, gain * 0.9, 1222, "Pays."),
    remedy("on-regression", "Reset when it gets slower", 0.001, gain * 0.94, 0, "Pays best."),
  ];
}
