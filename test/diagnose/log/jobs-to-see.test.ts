import { randomNormal, randomUniform } from "d3-random";
import { expect, test } from "vitest";
import { reachOf } from "../../../lib/diagnose/analysis/student.js";
import { JOBS_TO_SEE } from "../../../lib/diagnose/log/judge/jobs-to-see.js";
import { seededRandom } from "../../../lib/health/random.js";

const RUNS = 4000;
const TRIMMED = 0.2;
/** Of a share near 0.8 of so many runs, three standard errors. */
const CHANCE = 0.02;
/** Student's t with 5 degrees of freedom has this standard deviation. */
const T5_DEVIATION = Math.sqrt(5 / 3);

interface Design {
  readonly noise: number;
  readonly outliers: number;
  readonly paired: boolean;
}

const DESIGNS: Record<"samePairs" | "normalised" | "rawSeconds", Design> = {
  samePairs: { noise: 0.08, outliers: 0.05, paired: true },
  normalised: { noise: 0.12, outliers: 0, paired: false },
  rawSeconds: { noise: 0.9, outliers: 0, paired: false },
};

/** Trimmed mean, and its squared standard error by winsorised deviations (Yuen 1974). */
function trimmed(values: Float64Array): { mean: number; variance: number; degrees: number } {
  const sorted = values.sort();
  const n = sorted.length;
  const cut = Math.floor(TRIMMED * n);
  let mean = 0;
  for (let i = cut; i < n - cut; i++) mean += sorted[i]! / (n - 2 * cut);
  const winsorised = sorted.map((_, i) => sorted[Math.min(n - cut - 1, Math.max(cut, i))]!);
  const centre = winsorised.reduce((sum, value) => sum + value, 0) / n;
  const squares = winsorised.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1);
  return { mean, variance: squares / ((1 - (2 * cut) / n) ** 2 * n), degrees: n - 2 * cut - 1 };
}

/** Share of runs whose 95 % interval lies above no effect, by so many jobs per arm. */
function power(jobs: number, { noise, outliers, paired }: Design, runs: number): number {
  const random = seededRandom(11 + jobs);
  const normal = randomNormal.source(random)();
  const uniform = randomUniform.source(random)();
  const t5 = () => {
    let squares = 0;
    for (let k = 0; k < 5; k++) squares += normal() ** 2;
    return normal() / Math.sqrt(squares / 5);
  };
  const job = () => (noise * t5()) / T5_DEVIATION + (uniform() < outliers ? Math.log(3) : 0);
  const effect = Math.log(JOBS_TO_SEE.factor);
  let seen = 0;
  for (let run = 0; run < runs; run++) {
    const slow = Float64Array.from({ length: jobs }, () => job() + effect);
    const fast = Float64Array.from({ length: jobs }, job);
    const arms = paired ? [slow.map((time, i) => time - fast[i]!)] : [slow, fast];
    const [a, b] = arms.map(trimmed);
    const difference = a!.mean - (b?.mean ?? 0);
    const error = Math.sqrt(a!.variance + (b?.variance ?? 0));
    if (difference > reachOf(0.95, a!.degrees + (b?.degrees ?? 0)) * error) seen += 1;
  }
  return seen / runs;
}

test.each(Object.entries(DESIGNS))(
  "%s: so many jobs have the power that is told",
  (name, design) => {
    const [likely, sure] = JOBS_TO_SEE[name as keyof typeof DESIGNS];
    const runs = likely > 100 ? RUNS / 10 : RUNS;
    const chance = likely > 100 ? 3 * CHANCE : CHANCE;
    const powers = [likely, sure, Math.floor(likely * 0.7)].map((jobs) =>
      power(jobs, design, runs),
    );
    console.log(
      `${name}: ${likely} jobs ${powers[0]}, ${sure} jobs ${powers[1]}, ${Math.floor(likely * 0.7)} jobs ${powers[2]}`,
    );
    expect(powers[0]).toBeGreaterThan(0.8 - chance);
    expect(powers[1]).toBeGreaterThan(0.95 - chance);
    expect(powers[2]).toBeLessThan(0.8 + chance);
  },
);
