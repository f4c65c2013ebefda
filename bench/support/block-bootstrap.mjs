// The bootstrap for series whose neighbouring values are alike: whole stretches of them are drawn (Künsch 1989).

/**
 * Indexes of a resample of a series: blocks of `length` neighbours from anywhere, with replacement, laid end to end. The
 * series is taken as a circle, so that its ends are drawn as often as its middle (Politis and Romano 1992).
 *
 * @param {number} count
 * @param {number} length
 * @param {() => number} random
 * @returns {Uint32Array}
 */
export function circularBlocks(count, length, random) {
  const drawn = new Uint32Array(count);
  for (let i = 0; i < count; ) {
    const start = Math.floor(random() * count);
    for (let k = 0; k < length && i < count; k++) drawn[i++] = (start + k) % count;
  }
  return drawn;
}

/**
 * Bounds of which each holds with 95 % confidence by itself (together: 90 %), from the estimates of resamples.
 *
 * @param {readonly number[]} estimates
 */
export function bounds95(estimates) {
  const sorted = Float64Array.from(estimates).sort();
  const last = sorted.length - 1;
  return {
    lower95: sorted[Math.floor(0.05 * last)] ?? Number.NaN,
    upper95: sorted[Math.ceil(0.95 * last)] ?? Number.NaN,
  };
}
