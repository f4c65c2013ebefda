import { mean } from "simple-statistics";
import type { Scenario } from "../scenarios.js";
import type { Stream, StreamJob } from "../stream.js";
import { audioWork } from "./audio.js";
import { drawFaults } from "./faults.js";
import { machineLoad } from "./machine-load.js";
import { drawCosts, jobCost } from "./machine-speed.js";
import { Random } from "./random.js";

const RESET_MS = { state: 25, context: 2500, process: 3500 } as const;
const WARM_UP = { state: [1], context: [1.3, 1.05], process: [1.8, 1.15] } as const;
/** Arrivals keep a healthy pool busy for this share of its time. */
const OFFERED_LOAD = 0.6;
/** Noise of the machine's probe (of the logarithm). */
const PROBE_SD = 0.06;

/** A new stream of a scenario: the same for the same seed. Jobs of the pool: 180, and 60 more for each unit. */
export function generateStream(name: string, scenario: Scenario, seed: number): Stream {
  const { units, mix = "normal", fault } = scenario;
  const count = 180 + 60 * units;
  const random = new Random(name, seed);
  const costs = drawCosts(random, units);
  const load = machineLoad(random, count, scenario);
  const faults = fault ? drawFaults(random, units, fault) : [];
  const shift = Math.trunc(count * random.uniform(0.4, 0.6));
  let turns: number[] = [];
  const jobs = load.map((slowness, index) => {
    if (turns.length === 0) turns = random.permutation(units);
    const unit = turns.pop() as number;
    const work = audioWork(random, mix, { index, count, shift });
    const cost = jobCost(random, costs, { unit, work, slowness, outliers: scenario.outliers });
    const machine = probe(random, scenario.machine, slowness);
    return { seq: index, unit, ...work, ...cost, machine };
  });
  return {
    id: `${name}-${seed}`,
    scenario: name,
    units,
    shared: scenario.shared ?? false,
    resetMs: RESET_MS,
    warmUp: WARM_UP,
    warmUpAtStart: scenario.warmUpAtStart ?? WARM_UP.process,
    faults,
    jobs: arriving(random, units, jobs),
  };
}

function probe(random: Random, machine: Scenario["machine"], slowness: number): number | undefined {
  if (machine === "missing") return undefined;
  return machine === "constant" ? 1 : slowness * random.factor(PROBE_SD);
}

/** Poisson arrivals. */
function arriving(
  random: Random,
  units: number,
  jobs: readonly Omit<StreamJob, "arrivalMs">[],
): StreamJob[] {
  const serviceMs = mean(jobs.map((job) => job.encodeMs + job.decodeMs));
  const gapMs = serviceMs / units / OFFERED_LOAD;
  let arrivalMs = 0;
  return jobs.map((job) => {
    arrivalMs += random.exponential(gapMs);
    return { ...job, arrivalMs };
  });
}
