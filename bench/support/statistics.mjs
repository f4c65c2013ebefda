// The few figures that the benchmarks report.

/** The value below which the share `q` of the values lies, interpolated. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

export function median(values) {
  return quantile(values, 0.5);
}

/** Least-squares slope of y over x. */
export function slope(points) {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/**
 * Typical ratio of blocks of pairs with its 95 % confidence interval: the median of the blocks' median log ratios, and
 * its percentile bootstrap over whole blocks. Pairs of one block share processes and memory, and with them a bias that
 * more pairs don't average out; only other blocks do. Without such sharing, a pair is a block.
 */
export function blockedRatio(blocks, seed, resamples = 10_000) {
  const logs = blocks.map((pairs) => median(pairs.map(([a, b]) => Math.log(a / b))));
  const random = mulberry32(seed);
  const medians = new Float64Array(resamples);
  const resample = new Float64Array(logs.length);
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < logs.length; j++) resample[j] = logs[Math.floor(random() * logs.length)];
    medians[i] = median(resample);
  }
  return {
    ratio: Math.exp(median(logs)),
    low: Math.exp(quantile(medians, 0.025)),
    high: Math.exp(quantile(medians, 0.975)),
    blocks: logs.length,
    pairs: blocks.flat().length,
  };
}

/**
 * Ratio of a statistic of all values of one arm to that of another's, both measured in the same rounds, with a 95 %
 * bootstrap interval over rounds. For values with rare, large outliers: a round's own quantile is a matter of chance.
 */
export function pooledRatio(rounds, statistic, seed, resamples = 1000) {
  const ratioOf = (chosen) =>
    statistic(chosen.flatMap(([a]) => a)) / statistic(chosen.flatMap(([, b]) => b));
  const random = mulberry32(seed);
  const ratios = Array.from({ length: resamples }, () =>
    ratioOf(rounds.map(() => rounds[Math.floor(random() * rounds.length)])),
  );
  return {
    ratio: ratioOf(rounds),
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
    rounds: rounds.length,
  };
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A small generator with a seed: 32 bits of state, numbers from 0 to below 1. */
export function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Orders for `count` arms that are measured in turn: over all of them, each arm is as often at each place, and as often
 * directly after each other arm, so that neither a drift of the machine nor what an arm leaves behind favours any (a
 * Williams design).
 */
export function balancedOrders(count) {
  const first = Array.from({ length: count }, (_, i) =>
    i % 2 === 0 ? (count - i / 2) % count : (i + 1) / 2,
  );
  const orders = first.map((_, shift) => first.map((arm) => (arm + shift) % count));
  return count % 2 === 0 ? orders : [...orders, ...orders.map((order) => [...order].reverse())];
}
