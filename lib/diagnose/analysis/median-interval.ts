import { median } from "simple-statistics";
import type { Interval } from "../diagnosis.js";

/**
 * The median with a confidence interval between two of the values, whatever they are distributed like (Conover, "Practical
 * Nonparametric Statistics", 3.2). The confidence is what so few values allow, at most the one that is wanted or a bit more.
 * Undefined without values.
 */
export function medianInterval(values: readonly number[], wanted: number): Interval | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const sorted = values.slice().sort((a, b) => a - b);
  // As many values as may be left out at each end: the binomial distribution, by logarithms, as 2^-n may be too small.
  let out = 0;
  let outside = Math.exp(-n * Math.LN2);
  let log = -n * Math.LN2;
  while (out + 1 < n / 2) {
    log += Math.log((n - out) / (out + 1));
    const more = outside + Math.exp(log);
    if (2 * more > 1 - wanted) break;
    outside = more;
    out += 1;
  }
  const [low, high] = [sorted[out]!, sorted[n - 1 - out]!];
  return { estimate: median(sorted), low, high, confidence: Math.max(0, 1 - 2 * outside) };
}
