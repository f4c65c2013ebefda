// How much slower jobs have become, as they show it and as native code knows it.

import { median } from "../../bench/support/statistics.mjs";

/**
 * The median ratio of jobs' times to what the same clip took before, without waits for a CPU. Clips that there weren't
 * before are left out. NaN: there is nothing to compare.
 */
export function slowdown(before, after) {
  const usual = new Map();
  for (const job of before) usual.set(job.clip, [...(usual.get(job.clip) ?? []), ownMs(job)]);
  const ratios = after
    .filter(({ clip }) => usual.has(clip))
    .map((job) => ownMs(job) / median(usual.get(job.clip)));
  return median(ratios);
}

/** The median factor by which a fault lengthened the CPU time of jobs; of those alone that suffered. NaN: none did. */
export function injectedFactor(jobs) {
  const factors = jobs.filter(suffers).map(({ cpuMs, injectedMs }) => cpuMs / (cpuMs - injectedMs));
  return median(factors);
}

export function suffers({ injectedMs }) {
  return injectedMs > 0;
}

/** Time on the state's thread, on a CPU. */
function ownMs({ wallMs, runDelayMs }) {
  return wallMs - runDelayMs;
}
