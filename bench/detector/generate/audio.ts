import type { HealthSample } from "../../../lib/health/sample.js";
import type { Mix } from "../scenarios.js";
import type { Random } from "./random.js";

/** The work that a job's audio makes. */
export type AudioWork = Pick<
  HealthSample,
  "audioSeconds" | "windows" | "tokens" | "fallbackTokens" | "fallbacks" | "segments"
>;

/** A window is 30 s, of which about 28 s are new: seeking goes back to the last whole segment. */
const WINDOW_SECONDS = 28;
/** Tokens of a window that repeats itself until whisper.cpp cuts it off: n_text_ctx / 2 - 4. */
const MOST_TOKENS = 220;
/** Attempts after the first: temperatures 0.2 to 1.0. */
const MOST_FALLBACKS = 5;
const SINE: AudioWork = {
  audioSeconds: 6,
  windows: 1,
  tokens: 0,
  fallbackTokens: 0,
  fallbacks: MOST_FALLBACKS,
  segments: 0,
};

/** Audio of job `index` of `count`, where the mix changes at job `shift`. */
export function audioWork(
  random: Random,
  mix: Mix,
  { index, count, shift }: { index: number; count: number; shift: number },
): AudioWork {
  if (mix === "sine" && index < shift) {
    return { ...SINE, fallbackTokens: fallbackTokens(random, SINE.fallbacks, 0) };
  }
  const audioSeconds = lengthOf(random, mix, index / count, index < shift);
  const windows = Math.max(1, Math.ceil(audioSeconds / WINDOW_SECONDS));
  const work = Array.from({ length: windows }, (_, window) =>
    windowWork(
      random,
      windows === 1
        ? audioSeconds
        : Math.min(WINDOW_SECONDS, audioSeconds - window * WINDOW_SECONDS),
    ),
  );
  const total = (of: (work: WindowWork) => number) => work.reduce((sum, w) => sum + of(w), 0);
  return {
    audioSeconds,
    windows,
    tokens: total((w) => w.tokens),
    fallbackTokens: total((w) => w.fallbackTokens),
    fallbacks: total((w) => w.fallbacks),
    segments: total((w) => w.segments),
  };
}

/** Seconds; log-normal from 1 to 60. `done`: the share of the stream that has passed. */
function lengthOf(random: Random, mix: Mix, done: number, beforeShift: boolean): number {
  const [median, sd] = distribution(mix, done, beforeShift);
  return Math.min(60, Math.max(1, median * random.factor(sd)));
}

/** Median in s, and standard deviation of the logarithm. */
function distribution(mix: Mix, done: number, beforeShift: boolean): readonly [number, number] {
  if (mix === "shift") return beforeShift ? [4, 0.5] : [35, 0.4];
  if (mix === "report") return [done < 1 / 3 ? 3.66 : done < 2 / 3 ? 10.94 : 30, 0.02];
  return [8, 0.9];
}

interface WindowWork {
  readonly tokens: number;
  readonly fallbackTokens: number;
  readonly fallbacks: number;
  readonly segments: number;
}

/** Speech of about 3.2 tokens a second, sometimes hardly any; 1.5 % of windows repeat themselves; 4 % fall back. */
function windowWork(random: Random, seconds: number): WindowWork {
  const rate = random.chance(0.08) ? 0.3 : 3.2 * random.factor(0.45);
  const spoken = Math.trunc(Math.min(MOST_TOKENS, Math.max(2, rate * Math.max(1, seconds))));
  const tokens = random.chance(0.015) ? MOST_TOKENS : spoken;
  const fallsBack = random.chance(tokens === MOST_TOKENS ? 0.9 : 0.04);
  const fallbacks = fallsBack ? Math.min(MOST_FALLBACKS, random.geometric(0.55)) : 0;
  return {
    tokens,
    fallbackTokens: fallbackTokens(random, fallbacks, tokens),
    fallbacks,
    segments: Math.max(1, Math.round(seconds / 3.6)),
  };
}

/** An attempt that is thrown away is about as long as the one that is kept, and at least some tokens. */
function fallbackTokens(random: Random, fallbacks: number, tokens: number): number {
  return Math.trunc(fallbacks * Math.max(12, tokens) * random.uniform(0.7, 1.1));
}
