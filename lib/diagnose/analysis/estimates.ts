import type { Channel } from "../diagnosis.js";
import { COMPARISONS, type Comparison } from "./comparisons.js";
import { type Block, type Pairs, pairsOf } from "./pairs.js";
import { absoluteSlope, influence, robustSlope, spreadOf } from "./robust-slope.js";

/** What two arms differ by: a logarithm, per block of age where they age. */
export interface Estimate {
  readonly of: Comparison;
  readonly channel: Channel;
  readonly pairs: number;
  readonly slope: number;
  readonly error: number;
  readonly degrees: number;
  /** Mean age of the pairs of at least half the greatest age, and that age; 1 where nothing ages. */
  readonly lateAge: number;
  readonly greatestAge: number;
}

/** Fewer pairs can't tell their own noise. */
const LEAST_PAIRS = 4;
/**
 * Jobs of all arms are about equally noisy, so the noise of one comparison is shrunk to that of all, as if so many of its pairs had
 * been seen before (Smyth 2004, "limma": moderated variances).
 */
const PRIOR_PAIRS = 16;
/**
 * Few pairs, of which the oldest weigh most, fit their own noise: errors grow by this share over the effective number of pairs
 * (Huber 1981, 7.6, has the like). By simulation: intervals cover what they promise from 6 pairs on.
 */
const FEW_PAIRS = 0.8;
/** Least noise of a pair as a share: clocks and caches. */
const LEAST_NOISE = 0.004;

interface Standardised {
  readonly of: Comparison;
  readonly pairs: Pairs;
  /** Ages and differences in units of the noise of their clip. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly start: number;
}

/**
 * All comparisons that have enough pairs, in one channel. Growth is a line through the origin over age, which weighs late blocks
 * most and finds a step as well; noise is of each clip (short ones are noisier), and pooled over the comparisons.
 */
export function estimatesOf(blocks: readonly Block[], channel: Channel): Estimate[] {
  const all = standardise(
    COMPARISONS.map((of) => ({ of, pairs: pairsOf(blocks, of, channel) })).filter(
      ({ pairs }) => pairs.age.filter((age) => age > 0).length >= LEAST_PAIRS,
    ),
  );
  const fits = all.map(({ of, pairs, x, y, start }) => {
    const n = x.length;
    const residuals = y.map((value, i) => value - start * x[i]!);
    const own = spreadOf(residuals) ** 2 * (n / (n - 1));
    const noise = Math.sqrt((PRIOR_PAIRS + n * own) / (PRIOR_PAIRS + n));
    const slope = robustSlope(x, y, start, noise);
    return { of, pairs, x, n, slope, ...influence(x, y, slope, noise) };
  });
  const count = fits.reduce((total, { n }) => total + n, 0);
  const squares = fits.reduce((total, fit) => total + fit.squares, 0) / (count - fits.length);
  const slopes = fits.reduce((total, fit) => total + fit.slopes, 0) / count;
  return fits.map(({ of, pairs, x, n, slope, ...own }) => {
    const degrees = PRIOR_PAIRS + n - 1;
    const variance = (PRIOR_PAIRS * squares + own.squares) / degrees;
    const share = (PRIOR_PAIRS * slopes + own.slopes) / (PRIOR_PAIRS + n);
    const squared = x.map((value) => value * value);
    const weight = sum(squared);
    const effective = weight ** 2 / sum(squared.map((value) => value * value));
    const error = (Math.sqrt(variance / weight) / share) * (1 + FEW_PAIRS / effective);
    return { of, channel, pairs: n, slope, error, degrees, ...agesOf(pairs.age) };
  });
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function agesOf(ages: Float64Array): Pick<Estimate, "lateAge" | "greatestAge"> {
  const greatestAge = ages.reduce((most, age) => Math.max(most, age), 0);
  const late = ages.filter((age) => 2 * age >= greatestAge);
  return { lateAge: sum(late) / late.length, greatestAge };
}

function standardise(all: readonly { of: Comparison; pairs: Pairs }[]): Standardised[] {
  const starts = all.map(({ pairs }) => absoluteSlope(pairs.age, pairs.difference));
  const byClip = new Map<string, number[]>();
  for (const [k, { pairs }] of all.entries()) {
    const lost = Math.sqrt(pairs.age.length / (pairs.age.length - 1));
    for (const [i, clip] of pairs.clips.entries()) {
      const residual = (pairs.difference[i]! - starts[k]! * pairs.age[i]!) * lost;
      const own = byClip.get(clip);
      if (own) own.push(residual);
      else byClip.set(clip, [residual]);
    }
  }
  const overall = spreadOf(Float64Array.from([...byClip.values()].flat())) ** 2;
  const noiseOf = new Map<string, number>();
  for (const [clip, residuals] of byClip) {
    const own = spreadOf(Float64Array.from(residuals)) ** 2 * residuals.length;
    const variance = (PRIOR_PAIRS * overall + own) / (PRIOR_PAIRS + residuals.length);
    noiseOf.set(clip, Math.max(LEAST_NOISE, Math.sqrt(variance)));
  }
  return all.map(({ of, pairs }) => {
    const scaled = (value: number, i: number) => value / noiseOf.get(pairs.clips[i]!)!;
    const [x, y] = [pairs.age.map(scaled), pairs.difference.map(scaled)];
    return { of, pairs, x, y, start: absoluteSlope(x, y) };
  });
}
