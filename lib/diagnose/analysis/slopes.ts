import type { Pairs } from "./pairs.js";
import { absoluteSlope, influence, robustSlope, spreadOf } from "./robust-slope.js";

/** A line through the origin over age, as a logarithm per block, with its standard error. */
export interface Slope {
  readonly slope: number;
  readonly error: number;
  readonly degrees: number;
}

/** Pairs in units of the noise of their clip. */
export interface Standardised {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly clips: readonly string[];
}

export interface Fit {
  readonly slope: Slope;
  /** Of single clips that have enough pairs. */
  readonly clips: readonly Slope[];
}

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
/** A clip on which hardly anything is decoded may be a very steady one: it doesn't weigh more by less noise than this share of all's. */
const LEAST_CLIP_SHARE = 0.7;
/** Fewer pairs of a clip say nothing about it. */
const LEAST_CLIP_PAIRS = 5;

/**
 * Differences and ages in units of noise, which is of each clip: short ones are noisier. All series are taken together, as they are
 * of the same jobs.
 */
export function standardise(all: readonly Pairs[]): Standardised[] {
  const byClip = new Map<string, number[]>();
  for (const { age, difference, clips } of all) {
    const slope = absoluteSlope(age, difference);
    const lost = Math.sqrt(age.length / (age.length - 1));
    for (const [i, clip] of clips.entries()) {
      const residual = (difference[i]! - slope * age[i]!) * lost;
      const own = byClip.get(clip);
      if (own) own.push(residual);
      else byClip.set(clip, [residual]);
    }
  }
  const overall = spreadOf(Float64Array.from([...byClip.values()].flat()));
  const least = Math.max(LEAST_NOISE, LEAST_CLIP_SHARE * overall);
  const noiseOf = new Map<string, number>();
  for (const [clip, residuals] of byClip) {
    const own = spreadOf(Float64Array.from(residuals)) ** 2 * residuals.length;
    const variance = (PRIOR_PAIRS * overall ** 2 + own) / (PRIOR_PAIRS + residuals.length);
    noiseOf.set(clip, Math.max(least, Math.sqrt(variance)));
  }
  return all.map(({ age, difference, clips }) => {
    const scaled = (value: number, i: number) => value / noiseOf.get(clips[i]!)!;
    return { x: age.map(scaled), y: difference.map(scaled), clips };
  });
}

/**
 * Growth as a line through the origin, which weighs late blocks most and finds a step as well: by Tukey's biweight, with errors by
 * its influence function (Huber 1981, "Robust Statistics", 7.6), pooled over the series if there are several.
 */
export function fitSlopes(all: readonly Standardised[]): Fit[] {
  const prior = all.length > 1 ? PRIOR_PAIRS : 0;
  const fits = all.map(({ x, y, clips }) => {
    const n = x.length;
    const start = absoluteSlope(x, y);
    const own = spreadOf(y.map((value, i) => value - start * x[i]!)) ** 2 * (n / (n - 1));
    const noise = Math.max(LEAST_UNIT, Math.sqrt((prior + n * own) / (prior + n)));
    const slope = robustSlope(x, y, start, noise);
    return { x, y, n, clips, noise, slope, ...influence(x, y, slope, noise) };
  });
  const count = fits.reduce((total, { n }) => total + n, 0);
  const squares = fits.reduce((total, own) => total + own.squares, 0) / (count - fits.length);
  const slopes = fits.reduce((total, own) => total + own.slopes, 0) / count;
  return fits.map(({ x, y, n, clips, noise, slope, ...own }) => {
    const degrees = prior + n - 1;
    const variance = Math.max(LEAST_UNIT ** 2, (prior * squares + own.squares) / degrees);
    const spread = Math.sqrt(variance) / ((prior * slopes + own.slopes) / (prior + n));
    return {
      slope: { slope, error: spread * widthOf(x), degrees },
      clips: [...new Set(clips)].flatMap((clip) => {
        const which = (_: number, i: number) => clips[i] === clip;
        const [ownX, ownY] = [x.filter(which), y.filter(which)];
        if (ownX.filter((value) => value > 0).length < LEAST_CLIP_PAIRS) return [];
        const start = absoluteSlope(ownX, ownY);
        // A line through a few outliers misses the rest of the clip's pairs: its error is as large as that.
        const missed = spreadOf(ownY.map((value, i) => value - start * ownX[i]!));
        const ownNoise = Math.max(noise, missed);
        const error = spread * widthOf(ownX) * (ownNoise / noise);
        return [{ slope: robustSlope(ownX, ownY, start, ownNoise), error, degrees }];
      }),
    };
  });
}

/** Of standardised noise: pairs of a simulation without any would be surer than any measurement. */
const LEAST_UNIT = 0.1;

/** Standard error of a slope over these values with noise of 1. */
function widthOf(x: Float64Array): number {
  const squared = x.map((value) => value * value);
  const weight = sum(squared);
  const effective = weight ** 2 / sum(squared.map((value) => value * value));
  return (1 + FEW_PAIRS / effective) / Math.sqrt(weight);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
