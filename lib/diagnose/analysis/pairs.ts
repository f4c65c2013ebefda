import { mean } from "simple-statistics";
import type { Arm } from "../arms.js";
import type { Channel } from "../diagnosis.js";
import { bounding, type Comparison } from "./comparisons.js";
import { LEAST_MS } from "./judged-jobs.js";
import type { NormalisedJob } from "./normalised.js";
import { ownReadingMs } from "./own-text.js";

/** Jobs of one block by their arm. */
export type Block = ReadonlyMap<Arm, NormalisedJob>;

/** Pairs of jobs of the same clip in the same block, as columns. */
export interface Pairs {
  /** Logarithm of the ratio of the two times. */
  readonly difference: Float64Array;
  /** What the effect grows with: the age in blocks; 1 for what doesn't age. */
  readonly age: Float64Array;
  readonly clips: readonly string[];
}

/** Jobs by block. Those of a block that was cut in two by a resumption are of different ages, and aren't compared. */
export function blocksOf(jobs: readonly NormalisedJob[]): Block[] {
  const blocks = new Map<string, Map<Arm, NormalisedJob>>();
  for (const job of jobs) {
    const { session, block, arm } = job.measurement;
    const key = `${session} ${block}`;
    const own = blocks.get(key) ?? new Map<Arm, NormalisedJob>();
    own.set(arm, job);
    blocks.set(key, own);
  }
  return [...blocks.values()];
}

export function pairsOf(blocks: readonly Block[], of: Comparison, channel: Channel): Pairs {
  const found = blocks.flatMap((block) => {
    const slow = block.get(of.slow);
    const fast = block.get(of.fast);
    if (!slow || !fast || slow.measurement.clip !== fast.measurement.clip) return [];
    return slow.measurement.windows < of.leastWindows ? [] : [{ slow, fast }];
  });
  return {
    difference: Float64Array.from(found, ({ slow, fast }) => logRatio(slow, fast, of, channel)),
    age: Float64Array.from(found, ({ slow }) => (of.ageing ? slow.measurement.age : 1)),
    clips: found.map(({ slow }) => slow.measurement.clip),
  };
}

function logRatio(
  slow: NormalisedJob,
  fast: NormalisedJob,
  { perWork, readingApart }: Comparison,
  channel: Channel,
): number {
  if (perWork) return slow.residual[channel] - fast.residual[channel];
  const apart = readingApart ? ownReadingMs(slow.measurement, fast.measurement) : 0;
  const ms = channel === "total" ? slow.totalMs : slow.decodeMs;
  return Math.log(Math.max(LEAST_MS, ms - apart)) - fast.raw[channel];
}

/** The same with means over all arms that bound the two: see {@link bounding}. Blocks that lack one of the two don't count. */
export function boundingPairsOf(blocks: readonly Block[], of: Comparison, channel: Channel): Pairs {
  const bounds = bounding(of);
  const level = (block: Block, arms: readonly Arm[]) =>
    mean(arms.flatMap((arm) => block.get(arm)?.residual[channel] ?? []));
  const whole = blocks.filter((block) => block.has(of.slow) && block.has(of.fast));
  const kept = whole.map((block) => block.get(of.slow)!.measurement);
  return {
    difference: Float64Array.from(
      whole,
      (block) => level(block, bounds.slow) - level(block, bounds.fast),
    ),
    age: Float64Array.from(kept, ({ age }) => age),
    clips: kept.map(({ clip }) => clip),
  };
}
