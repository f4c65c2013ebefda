/** One value of a series, and where it stands in it. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface SlopeBound {
  readonly slope: number;
  /** Upper bound of the one-sided 95 % confidence interval. */
  readonly upper95: number;
}

const RESAMPLES = 200;

/**
 * Theil-Sen slope of a series, the median of the slopes between any two points: passing peaks, as when two generations are
 * in memory, don't move it. Its upper 95 % bound is by a moving-block bootstrap of the residuals (Künsch 1989).
 *
 * Values of memory hang together: what is allocated for one job is there at the next. Resampled one by one they would seem
 * to know the slope much better than they do. So whole stretches of `blockLength` neighbouring residuals are drawn, at
 * random and with replacement, from all that overlap, laid end to end over the fitted line, and the slope is taken anew.
 * 95 % of these slopes lie below the bound.
 */
export function slopeBound(
  points: readonly Point[],
  blockLength: number,
  random: () => number,
): SlopeBound {
  const at = points.map((point) => point.at);
  const values = points.map((point) => point.value);
  const slope = theilSen(at, values);
  const residuals = values.map((value, i) => value - slope * at[i]!);
  const slopes: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    slopes.push(slope + theilSen(at, movingBlocks(residuals, blockLength, random)));
  }
  slopes.sort((a, b) => a - b);
  return { slope, upper95: slopes[Math.ceil(0.95 * RESAMPLES) - 1]! };
}

/** As many values as there are, in blocks from anywhere. */
function movingBlocks(values: readonly number[], length: number, random: () => number): number[] {
  const drawn: number[] = [];
  while (drawn.length < values.length) {
    const start = Math.floor(random() * (values.length - length + 1));
    drawn.push(...values.slice(start, start + length));
  }
  return drawn.slice(0, values.length);
}

/** Of pairs that are at least a third of the series apart, with every fourth point: the others say nearly the same. */
function theilSen(at: readonly number[], values: readonly number[]): number {
  const least = (at.at(-1)! - at[0]!) / 3;
  const slopes: number[] = [];
  for (let i = 0; i < at.length; i += 4) {
    for (let j = i + 1; j < at.length; j++) {
      const distance = at[j]! - at[i]!;
      if (distance >= least) slopes.push((values[j]! - values[i]!) / distance);
    }
  }
  const sorted = Float64Array.from(slopes).sort();
  return sorted[Math.floor(sorted.length / 2)]!;
}
