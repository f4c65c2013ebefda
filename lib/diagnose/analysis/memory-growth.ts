import { mean, median } from "simple-statistics";
import { runsInKeptProcess } from "../arms.js";
import type { Interval, Verdict } from "../diagnosis.js";
import type { Measurement, MemoryReading } from "../measurement.js";
import { intervalOf } from "./interval.js";
import type { Levels } from "./looks.js";

/** Growth of the kept process, in bytes per job that it ran. */
export interface MemoryGrowth {
  readonly interval: Interval;
  readonly verdict: Verdict;
  /** Blocks whose readings count. */
  readonly blocks: number;
  readonly jobsPerBlock: number;
}

/** Growth in bytes per job that is of no interest, and below which memory counts as constant: 500 MB or 1.5 GB in 1000 jobs. */
export const LEAST_GROWTH = 0.5 * 2 ** 20;
const CONSTANT = 1.5 * 2 ** 20;
/** The first time that each class of clip is run, buffers grow to its size: so many blocks aren't looked at. */
const FIRST_BLOCKS = 4;
/** Fewer steps from block to block can't tell their own noise. */
const LEAST_STEPS = 4;
/** Steps that hang together: allocators take memory in chunks, which a few blocks share. */
const LAGS = 2;
/** What is read too high in one block is a step up and one down: their noise cancels in the mean, but no further than to this share. */
const LEAST_SHARE = 0.25;

/** Growth goes on: the later half's pace is at least this share of the whole's; buffers that settle aren't a leak. */
const LEAST_PACE_LATER = 0.25;

/** Whether memory of the process that is kept grows, by the jobs that ran in it. Undefined without enough readings. */
export function memoryGrowth(
  measurements: readonly Measurement[],
  of: (reading: MemoryReading) => number | undefined,
  levels: Levels,
): MemoryGrowth | undefined {
  const kept = measurements.filter(({ arm }) => runsInKeptProcess(arm));
  const blocks = new Map<
    string,
    { session: number; age: number; values: number[]; jobs: number }
  >();
  for (const { session, block, age, memory } of kept) {
    const key = `${session} ${block}`;
    const own = blocks.get(key) ?? { session, age, values: [], jobs: 0 };
    blocks.set(key, own);
    own.jobs += 1;
    for (const reading of [memory.before, memory.after]) {
      const value = reading && of(reading);
      if (value !== undefined) own.values.push(value);
    }
  }
  const all = [...blocks.values()];
  const read = all.filter(({ values, age }) => values.length > 0 && age >= FIRST_BLOCKS);
  const steps: number[] = [];
  for (const [i, { session, age, values }] of read.entries()) {
    const before = read[i - 1];
    if (before?.session !== session || age <= before.age) continue;
    steps.push((median(values) - median(before.values)) / (age - before.age));
  }
  if (steps.length < LEAST_STEPS) return undefined;
  const jobsPerBlock = mean(all.map(({ jobs }) => jobs));
  const [value, error] = meanStep(steps).map((step) => step / jobsPerBlock) as [number, number];
  const growth = { value, error, degrees: steps.length - 1 };
  const interval = intervalOf(growth, levels.effect);
  const goesOn = mean(steps.slice(Math.floor(steps.length / 2))) > LEAST_PACE_LATER * mean(steps);
  const verdict =
    interval.low > LEAST_GROWTH && goesOn
      ? "supported"
      : intervalOf(growth, levels.equivalence).high < CONSTANT
        ? "refuted"
        : "undetermined";
  return { interval, verdict, blocks: read.length, jobsPerBlock };
}

/**
 * Mean step from block to block and its standard error: memory is a random walk with a drift, so that a line through it would
 * seem far surer than it is. With Bartlett weights for neighbours that hang together (Newey and West 1987).
 */
function meanStep(steps: readonly number[]): [number, number] {
  const n = steps.length;
  const centre = mean(steps as number[]);
  const off = steps.map((step) => step - centre);
  const covariance = (lag: number) => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += off[i]! * off[i - lag]!;
    return sum / (n - 1);
  };
  const variance = covariance(0);
  let long = variance;
  for (let lag = 1; lag <= LAGS; lag++) long += 2 * (1 - lag / (LAGS + 1)) * covariance(lag);
  return [centre, Math.sqrt(Math.max(long, LEAST_SHARE * variance) / n)];
}
