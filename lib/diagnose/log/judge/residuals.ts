import { median } from "simple-statistics";
import { spreadOfDifferences } from "../../../health/spread.js";
import type { JudgedJob } from "../job-store.js";
import { byLife } from "./by-life.js";
import { fitWork, type WorkCost } from "./work.js";

/** The first jobs of a life have cold caches; they don't count, in a life that is long enough to do without. */
const WARM_UP = 2;
const LONG_LIFE = 12;
/** Rounds in which cost of work and slowdown by age are fitted in turn. */
const ROUNDS = 4;
/** Clocks and rounding make at least this much noise. */
const LEAST_NOISE = 0.005;

/** A job with its residual. */
export interface Residual {
  readonly job: JudgedJob;
  /** log(time / expected time). */
  readonly value: number;
  /** log(expected time). */
  readonly work: number;
}

export interface Residuals {
  readonly cost: WorkCost;
  /** Of all jobs, in the log's order. */
  readonly all: readonly Residual[];
  /** By life, in order, without those of warm-up. */
  readonly lives: readonly (readonly Residual[])[];
  /** Standard deviation of one job, by the differences of successive ones, which a trend doesn't inflate (von Neumann 1941). */
  readonly noise: number;
}

export function residualsOf(jobs: readonly JudgedJob[]): Residuals {
  const ages = relativeAges(jobs);
  const slowdown = new Float64Array(jobs.length);
  let cost = fitWork(jobs, slowdown);
  let values = residuals(jobs, cost);
  for (let round = 1; round < ROUNDS; round++) {
    const slope = slopeOf(ages, values);
    for (let row = 0; row < jobs.length; row++) slowdown[row] = slope * (ages[row]! - 0.5);
    cost = fitWork(jobs, slowdown);
    values = residuals(jobs, cost);
  }
  const all = jobs.map((job, row) => ({
    ...{ job, value: values[row]! },
    work: Math.log(cost.expectedMs(job)),
  }));
  const lives = byLife(all, ({ job }) => job.life).map((life) =>
    life.length >= LONG_LIFE ? life.slice(WARM_UP) : life,
  );
  return { cost, all, lives, noise: noiseOf(lives) };
}

function residuals(jobs: readonly JudgedJob[], cost: WorkCost): number[] {
  return jobs.map((job) => Math.log(job.totalMs / cost.expectedMs(job)));
}

/** Where each job is in its life, from 0 to 1. */
function relativeAges(jobs: readonly JudgedJob[]): Float64Array {
  const sizes = new Map<number, number>();
  for (const { life } of jobs) sizes.set(life, (sizes.get(life) ?? 0) + 1);
  const seen = new Map<number, number>();
  return Float64Array.from(jobs, ({ life }) => {
    const before = seen.get(life) ?? 0;
    seen.set(life, before + 1);
    const size = sizes.get(life)!;
    return size === 1 ? 0.5 : before / (size - 1);
  });
}

/** Late against early, by medians: robust, and enough to keep a slowdown out of the cost of work. */
function slopeOf(ages: Float64Array, values: readonly number[]): number {
  const early = values.filter((_, row) => ages[row]! <= 1 / 3);
  const late = values.filter((_, row) => ages[row]! >= 2 / 3);
  if (early.length === 0 || late.length === 0) return 0;
  return (median(late) - median(early)) * 1.5; // two thirds of a life lie between the two
}

function noiseOf(lives: readonly (readonly Residual[])[]): number {
  const differences = lives.flatMap((life) =>
    life.slice(1).map(({ value }, row) => Math.abs(value - life[row]!.value)),
  );
  if (differences.length === 0) return LEAST_NOISE;
  return Math.max(LEAST_NOISE, spreadOfDifferences(differences));
}
