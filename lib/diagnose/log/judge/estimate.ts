import { mean, sampleVariance } from "simple-statistics";
import { reachOf } from "../../analysis/student.js";
import type { Interval, Verdict } from "../../diagnosis.js";

/** A slowdown below this factor isn't worth a word, one above isn't to be overlooked (the thresholds of the experiment). */
const SMALLEST = Math.log(1.05);
const EQUIVALENT = Math.log(1.1);
const CONFIDENCE = 0.98;
const EQUIVALENCE = 0.9;

/** A mean with its standard error, and the degrees of freedom of that. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
  readonly degrees: number;
}

/** Of independent values, at least two. */
export function estimateOf(values: readonly number[]): Estimate {
  const error = Math.sqrt(sampleVariance(values as number[]) / values.length);
  return { value: mean(values as number[]), error, degrees: values.length - 1 };
}

/** The difference of two such means (Welch 1947). */
export function difference(a: Estimate, b: Estimate): Estimate {
  const [va, vb] = [a.error ** 2, b.error ** 2];
  const total = va + vb;
  return {
    value: a.value - b.value,
    error: Math.sqrt(total),
    degrees: total === 0 ? a.degrees : total ** 2 / (va ** 2 / a.degrees + vb ** 2 / b.degrees),
  };
}

export function intervalOf({ value, error, degrees }: Estimate, confidence = CONFIDENCE): Interval {
  const reach = reachOf(confidence, degrees) * error;
  return { estimate: value, low: value - reach, high: value + reach, confidence };
}

/** An interval of logarithms as factors. */
export function asFactors({ estimate, low, high, confidence }: Interval): Interval {
  const factor = { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) };
  return { ...factor, confidence };
}

/** Supported: the 98 % interval is above x1.05. Refuted: the 90 % interval is below x1.10 (TOST). Else neither is known. */
export function slowdownVerdict(estimate: Estimate): Verdict {
  if (intervalOf(estimate).low > SMALLEST) return "supported";
  return intervalOf(estimate, EQUIVALENCE).high < EQUIVALENT ? "refuted" : "undetermined";
}
