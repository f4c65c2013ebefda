import { mean, sampleVariance } from "simple-statistics";
import { intervalOf, type PointEstimate } from "../../analysis/interval.js";
import { EQUIVALENT, LEAST_EFFECT, LEVELS } from "../../analysis/looks.js";
import type { Verdict } from "../../diagnosis.js";

/** The experiment's: a log is judged once, as a run of a fixed length is. */
export const LOG_LEVELS = LEVELS.fixed;

/** The mean of independent values, at least two. */
export function estimateOf(values: readonly number[]): PointEstimate {
  const error = Math.sqrt(sampleVariance(values as number[]) / values.length);
  return { value: mean(values as number[]), error, degrees: values.length - 1 };
}

/** The difference of two such means (Welch 1947). */
export function difference(a: PointEstimate, b: PointEstimate): PointEstimate {
  const [va, vb] = [a.error ** 2, b.error ** 2];
  const total = va + vb;
  return {
    value: a.value - b.value,
    error: Math.sqrt(total),
    degrees: total === 0 ? a.degrees : total ** 2 / (va ** 2 / a.degrees + vb ** 2 / b.degrees),
  };
}

/** Supported: the 98 % interval is above x1.05. Refuted: the 90 % interval is below x1.10 (TOST). Else neither is known. */
export function slowdownVerdict(estimate: PointEstimate): Verdict {
  if (intervalOf(estimate, LOG_LEVELS.effect).low > LEAST_EFFECT) return "supported";
  return intervalOf(estimate, LOG_LEVELS.equivalence).high < EQUIVALENT
    ? "refuted"
    : "undetermined";
}
