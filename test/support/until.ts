import { setTimeout as delay } from "node:timers/promises";

/** Waits until `condition` holds; fails after half a minute. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("what was waited for did not happen");
    await delay(10);
  }
}
