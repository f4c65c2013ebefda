import type { Arm, ClipClass } from "../../lib/diagnose/arms.js";
import type { Measurement } from "../../lib/diagnose/measurement.js";
import type { Random } from "../detector/generate/random.js";
import type { Truth } from "./truths.js";

/** What a simulated run is made of. */
export interface World {
  readonly truth: Truth;
  readonly blocks: number;
  /** Growth of the logarithm of decode time per block, where the truth ages. */
  readonly growth: number;
  /** Factor of the part of decode time that hangs on tokens, with previous text, where that is the truth. */
  readonly textFactor: number;
  /** Share of jobs whose decoder takes three times as long. */
  readonly outliers: number;
}

/** As in the reference: length in s, windows, tokens. */
const CLIPS: readonly (readonly [ClipClass, number, number, number])[] = [
  ["short", 3.5, 1, 14],
  ["medium", 10.5, 1, 40],
  ["long", 29, 2, 110],
  ["long", 58, 3, 220],
];
/** Decode time in ms per window and token, and their noise: as in the reference. */
const PER_WINDOW = 80;
const PER_TOKEN = 18;
const NOISE = 0.08;
/** Standard deviation of Student's t with 5 degrees of freedom: the reference's divisor. */
const T_SPREAD = 1.29;
/** Encode time in ms per window (the reference's constant, which it doesn't use), with a little noise of its own. */
const ENCODE = 500;
const ENCODE_NOISE = 0.03;
/** The machine's own speed: a walk that returns, bursts of contention, and a trend; as in the reference. */
const DRIFT = { keeps: 0.97, step: 0.01 } as const;
const BURST = { chance: 0.03, jobs: 15, factor: Math.log(1.5), trend: 0.004 } as const;
const OUTLIER = 3;
/** Memory in bytes: level, leak per block, a walk per block, and noise of a reading; as in the reference, which has MB. */
const MEMORY = { level: 2000e6, leak: 20e6, walk: 6e6, reading: 15e6 } as const;
/** What fresh parts take, in ms. */
const SET_UP: Readonly<Partial<Record<Arm, number>>> = {
  "fresh-state": 20,
  "fresh-context": 600,
  "fresh-process": 900,
};

const ARMS: readonly Arm[] = [
  ...(["kept", "at-once", "slowly", "fresh-state"] as const),
  ...(["fresh-context", "fresh-process", "no-previous-text"] as const),
];
const JOBS_IN_PROCESS = ARMS.length - 1;

/** The jobs of a run with a known truth, block by block. */
export function* simulate(world: World, random: Random): Generator<readonly Measurement[]> {
  const { truth, blocks } = world;
  let drift = 0;
  let burst = 0;
  let rss = MEMORY.level;
  let seq = 0;
  for (let block = 0; block < blocks; block++) {
    const which = block % CLIPS.length || random.integer(0, CLIPS.length);
    const [clipClass, audioSeconds, windows, tokens] = CLIPS[which]!;
    const jobs: Measurement[] = [];
    for (const arm of random.permutation(ARMS.length).map((at) => ARMS[at]!)) {
      drift = DRIFT.keeps * drift + random.normal(DRIFT.step);
      if (truth.contention && burst === 0 && random.chance(BURST.chance)) burst = BURST.jobs;
      burst = Math.max(0, burst - 1);
      const machine =
        drift + (burst > 0 ? BURST.factor : 0) + (truth.contention ? BURST.trend * block : 0);
      const aged = truth.ages.includes(arm) ? world.growth * block : 0;
      const text = truth.text && arm !== "no-previous-text" && windows > 1;
      const work = PER_WINDOW * windows + PER_TOKEN * tokens * (text ? world.textFactor : 1);
      const noise = (NOISE * random.studentT()) / T_SPREAD;
      const outlier = random.chance(world.outliers) ? OUTLIER : 1;
      const decodeMs = work * Math.exp(machine + aged + noise) * outlier;
      const encodeMs = ENCODE * windows * Math.exp(machine) * random.factor(ENCODE_NOISE);
      const inKept = arm !== "fresh-process";
      if (inKept) {
        rss += (truth.leaks ? MEMORY.leak : 0) / JOBS_IN_PROCESS;
        rss += random.normal(MEMORY.walk / Math.sqrt(JOBS_IN_PROCESS));
      }
      const rssBytes = (inKept ? rss : MEMORY.level) + random.normal(MEMORY.reading);
      jobs.push({
        ...{ seq, block, arm, clip: `clip-${which}`, clipClass, audioSeconds },
        ...{ age: block, session: 0, wallMs: encodeMs + decodeMs, encodeMs },
        ...{ cpuMs: encodeMs + decodeMs, threads: 1, windows, tokens },
        ...{ fallbackTokens: 0, promptTokens: 0, fallbacks: 0, segments: Math.ceil(tokens / 14) },
        memory: { after: { rssBytes } },
        setUpMs: (SET_UP[arm] ?? 0) * random.factor(NOISE),
      });
      seq += 1;
    }
    yield jobs;
  }
}
