import type { Scenario } from "../scenarios.js";
import type { Random } from "./random.js";

/** Standard deviation of the machine's drift (of the logarithm), and its likeness from job to job. */
const DRIFT_SD = 0.04;
const DRIFT_MEMORY = 0.97;

/** How slow the machine is during each job, as a factor: a slow drift, and what the scenario brings. */
export function machineLoad(random: Random, count: number, scenario: Scenario): number[] {
  const load = drift(random, count);
  const { bursts, machineStep } = scenario;
  if (bursts) {
    for (let burst = 0; burst < bursts.count; burst += 1) {
      const first = burstStart(random, count, burst, bursts);
      slow(load, first, first + bursts.jobs, bursts.factor);
    }
  }
  if (machineStep) slow(load, random.integer(90, 150), count, machineStep);
  return load;
}

function drift(random: Random, count: number): number[] {
  let logarithm = 0;
  return Array.from({ length: count }, () => {
    logarithm =
      DRIFT_MEMORY * logarithm + random.normal(DRIFT_SD * Math.sqrt(1 - DRIFT_MEMORY ** 2));
    return Math.exp(logarithm);
  });
}

/** Each burst has its share of the last three quarters of the stream, and starts at random in it. */
function burstStart(
  random: Random,
  count: number,
  burst: number,
  bursts: { readonly jobs: number; readonly count: number },
): number {
  const earliest = Math.trunc(count * (0.25 + (0.7 * burst) / bursts.count));
  const room = Math.trunc((count * 0.7) / bursts.count) - bursts.jobs;
  return random.integer(earliest, earliest + Math.max(1, room));
}

function slow(load: number[], from: number, to: number, factor: number): void {
  for (let job = from; job < Math.min(load.length, to); job += 1) {
    load[job] = (load[job] as number) * factor;
  }
}
