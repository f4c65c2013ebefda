import type { PerRung } from "./parameters.js";
import type { Rung } from "./sample.js";

const HOUR_MS = 3_600_000;

/**
 * Resets of one unit at each rung within the last hour, up to a limit. A reset that was verified to help is paid back: what
 * cures isn't rationed, what doesn't is.
 */
export class Budget {
  readonly #perHour: PerRung;
  readonly #spent: Record<Rung, number[]> = { state: [], context: [], process: [] };

  constructor(perHour: PerRung) {
    this.#perHour = perHour;
  }

  allows(rung: Rung, atMs: number): boolean {
    const spent = this.#spent[rung];
    while (spent.length > 0 && atMs - spent[0]! >= HOUR_MS) spent.shift();
    return spent.length < this.#perHour[rung];
  }

  spend(rung: Rung, atMs: number): void {
    this.#spent[rung].push(atMs);
  }

  refund(rung: Rung): void {
    this.#spent[rung].pop();
  }
}
