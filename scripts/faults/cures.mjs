// Whether an injected fault is felt, is left alone by the rung below its own, and is cured by that one: by recycles that are
// asked for, with no detector in it.

import { clipAt } from "./clips.mjs";
import { FaultFile } from "./fault-file.mjs";
import { injectedFactor, slowdown, suffers } from "./felt.mjs";
import { Jobs } from "./jobs.mjs";
import { faultyPool } from "./pool.mjs";

/** What doesn't cure a fault, and what does, by what it lives in. */
const RECYCLES = {
  // The other slot's state: there is no rung below.
  state: (ill) => [{ rung: "state", slots: [1 - ill] }, { rung: "state" }],
  context: () => [{ rung: "state" }, { rung: "context" }],
  engine: () => [{ rung: "context" }, { rung: "process" }],
  everywhere: () => [{ rung: "process" }, undefined],
};

/**
 * Figures of four phases with `count` jobs each: healthy, ill, after the recycle that doesn't help, and after the one that does (with a
 * fault everywhere: after its file has gone). Each: `ratio` of times to the healthy ones', `injected` as a factor, `slots`
 * with jobs that suffer.
 */
export async function feltAndCured(fault, count) {
  const file = new FaultFile();
  const pool = await faultyPool(file);
  try {
    const jobs = new Jobs(pool, { clip: clipAt(0) });
    await jobs.run(4); // the first ones of a process are slower
    const healthy = await jobs.run(count);
    file.write(fault);
    const ill = await jobs.run(count);
    const [lower, right] = RECYCLES[fault.lives](ill.find(suffers)?.slot ?? 0);
    await pool.recycle(lower);
    const still = await jobs.run(count);
    if (right) await pool.recycle(right);
    else file.remove();
    const cured = await jobs.run(count);
    const phase = (list) => figures(healthy, list);
    return {
      healthy: phase(healthy),
      ill: phase(ill),
      still: phase(still),
      cured: phase(cured),
      jobs: { healthy, ill, still, cured },
      claimed: file.claimed,
    };
  } finally {
    await pool.close();
    file.remove();
  }
}

function figures(healthy, jobs) {
  const ill = jobs.filter(suffers);
  const slots = [...new Set(ill.map(({ slot }) => slot))].sort();
  return {
    ratio: slowdown(healthy, ill.length > 0 ? ill : jobs),
    injected: injectedFactor(jobs),
    slots,
    suffering: ill.length,
  };
}

/** A line for people. */
export function told({ healthy, ill, still, cured }) {
  const text = ({ ratio, suffering, slots }) =>
    `x${ratio.toFixed(2)} (${suffering} ill jobs, slots ${slots.join(" ") || "none"})`;
  return [
    `healthy ${text(healthy)}`,
    `ill ${text(ill)}, injected x${ill.injected.toFixed(2)}`,
    `after the wrong recycle ${text(still)}`,
    `after the right one ${text(cured)}`,
  ].join("; ");
}
