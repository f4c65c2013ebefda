import type { LogDiagnosis } from "../../log-diagnosis.js";

/**
 * Jobs per arm so that a 95 % interval excludes "no effect" when jobs of one arm take 1.2 times as long, with power 80 % and
 * 95 %: simulated (test/diagnose/log/jobs-to-see.test.ts), means of which 20 % are trimmed at each end, noise with Student's t of 5
 * degrees of freedom.
 *
 * - pairs of the same clip: noise of a job 8 %, 5 % of the jobs are outliers (x3);
 * - compared with what their work should take: noise 12 %;
 * - raw seconds of mixed audio: standard deviation of the logarithm 0.9; in hundreds.
 */
export const JOBS_TO_SEE: LogDiagnosis["jobsToSee"] = {
  factor: 1.2,
  samePairs: [9, 15],
  normalised: [8, 12],
  rawSeconds: [400, 600],
};

export function jobsToSeeSentence(): string {
  const { factor, samePairs, normalised, rawSeconds } = JOBS_TO_SEE;
  const range = ([low, high]: readonly [number, number]) => `${low} to ${high}`;
  return (
    `To see a slowdown of x${factor} (95 % confidence; power 80 % to 95 %) it takes ${range(samePairs)} jobs per arm as pairs of the same clip, ` +
    `${range(normalised)} compared with what their work should take, and ${range(rawSeconds)} by raw seconds.`
  );
}
