// One diagnosis of the addon that injects faults, with one of them.

import { diagnose } from "../../dist/index.js";
import { FaultFile } from "../faults/fault-file.mjs";
import { faultyEnvironment } from "../faults/pool.mjs";

/**
 * One thread for each job, so that two runs fit two cores. `signal` ends it.
 * @returns {Promise<{ seconds: number, diagnosis: import("../../dist/index.js").Diagnosis }>}
 */
export async function runOf({ fault }, { setting, seed, signal }) {
  const startedAt = performance.now();
  const file = new FaultFile();
  try {
    if (fault) file.write(fault);
    const diagnosis = await diagnose({
      ...{ ...setting, seed, signal, backend: "cpu", threads: 1 },
      engine: { env: faultyEnvironment(file) },
    });
    return { seconds: (performance.now() - startedAt) / 1000, diagnosis };
  } finally {
    file.remove();
  }
}
