import { probit } from "simple-statistics";

/**
 * Quantile of Student's t distribution, by its expansion in the normal quantile (Abramowitz and Stegun 26.7.5): to 1 % from
 * 5 degrees of freedom on, for the levels that are used here.
 *
 * @param p 0 to 1, exclusive.
 */
export function studentQuantile(p: number, degrees: number): number {
  const z = probit(p);
  const z2 = z * z;
  const terms = [
    (z2 + 1) / 4,
    ((5 * z2 + 16) * z2 + 3) / 96,
    (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
    ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160,
  ];
  return z * terms.reduce((sum, term, k) => sum + term / degrees ** (k + 1), 1);
}

/** How many standard errors a two-sided interval of this confidence reaches to each side. */
export function reachOf(confidence: number, degrees: number): number {
  return studentQuantile((1 + confidence) / 2, degrees);
}
