import { setTimeout as delay } from "node:timers/promises";

/** Waits until `condition` holds; fails after half a minute, or `limitMs`. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  limitMs = 30_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("what was waited for did not happen");
    await delay(10);
  }
}
