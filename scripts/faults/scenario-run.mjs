// One run of a scenario: healthy jobs, the fault, and jobs until the detector is done with it.

import { Contention } from "./contention.mjs";
import { Decisions } from "./decisions.mjs";
import { FaultFile } from "./fault-file.mjs";
import { Jobs } from "./jobs.mjs";
import { faultyPool } from "./pool.mjs";

/** Jobs behind the last decision, in which nothing more should be decided. */
export const QUIET = 30;

/**
 * `health`: the pool's option. Resolves with a record of the run, all that a verdict needs;
 * `interrupted` if `signal` has ended it.
 */
export async function runScenario(scenario, { seed, health, signal }) {
  const startedAt = performance.now();
  const file = new FaultFile();
  const contention = scenario.contention ? new Contention() : undefined;
  const { reset } = scenario;
  const pool = await faultyPool(file, { reset, health });
  try {
    const jobs = new Jobs(pool, { seed, onJob: () => contention?.see(jobs.list.length) });
    const count = () => jobs.list.length;
    const decisions = new Decisions(pool, count);
    await jobs.until(() => signal.aborted || count() >= scenario.healthy);
    const injectedAt = count();
    if (scenario.fault && !signal.aborted) file.write(scenario.fault);
    const done = () => {
      const settledAt = decisions.settledAt(injectedAt);
      return settledAt !== undefined && count() >= settledAt + QUIET;
    };
    await jobs.until(() => signal.aborted || count() >= injectedAt + scenario.jobs || done());
    return {
      ...{ scenario: scenario.name, seed, injectedAt, interrupted: signal.aborted },
      ...{ jobs: jobs.list, decisions: decisions.list },
      disturbed: contention?.disturbed ?? 0,
      minutes: (performance.now() - startedAt) / 60_000,
    };
  } finally {
    contention?.end();
    await pool.close();
    file.remove();
  }
}
