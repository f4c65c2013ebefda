import type { Interval } from "../diagnosis.js";
import { reachOf } from "./student.js";

/** An estimate with its standard error, and the degrees of freedom of that. */
export interface PointEstimate {
  readonly value: number;
  readonly error: number;
  readonly degrees: number;
}

/** Student's interval, two-sided. */
export function intervalOf({ value, error, degrees }: PointEstimate, confidence: number): Interval {
  const reach = reachOf(confidence, degrees) * error;
  return { estimate: value, low: value - reach, high: value + reach, confidence };
}

/** An interval of logarithms as factors. */
export function asFactors({ estimate, low, high, confidence }: Interval): Interval {
  return { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high), confidence };
}
