import type { Rung } from "./sample.js";

/** What verifications have taught about the rungs, as it is saved. */
export type LadderMemory = Readonly<Partial<Record<Rung, { helped: number; failed: number }>>>;

/** Experience weighs less than a verdict's evidence: a factor of 4.5. */
const MOST_ODDS = 1.5;

/**
 * The rungs that there are, from the cheapest. A reset starts at the lowest and goes up while it doesn't help; rungs that
 * failed more often than they helped are left out once a higher one has been seen to help.
 */
export class Ladder {
  readonly rungs: readonly Rung[];
  readonly #scores = new Map<Rung, { helped: number; failed: number }>();

  constructor(rungs: readonly Rung[], memory: LadderMemory = {}) {
    this.rungs = rungs;
    for (const rung of rungs) {
      const { helped = 0, failed = 0 } = memory[rung] ?? {};
      this.#scores.set(rung, { helped, failed });
    }
  }

  get memory(): LadderMemory {
    return Object.fromEntries([...this.#scores].map(([rung, score]) => [rung, { ...score }]));
  }

  get top(): Rung {
    return this.rungs.at(-1)!;
  }

  /** Where to start, no lower than `least`. */
  first(least?: Rung): Rung {
    let index = least === undefined ? 0 : Math.max(0, this.rungs.indexOf(least));
    while (index < this.rungs.length - 1) {
      const { helped, failed } = this.score(this.rungs[index]!);
      const higherHelped = this.rungs.slice(index + 1).some((rung) => this.score(rung).helped > 0);
      if (failed <= helped || !higherHelped) break;
      index += 1;
    }
    return this.rungs[index]!;
  }

  /** The next one up; undefined at the top. */
  next(rung: Rung): Rung | undefined {
    return this.rungs[this.rungs.indexOf(rung) + 1];
  }

  score(rung: Rung): { helped: number; failed: number } {
    return this.#scores.get(rung) ?? { helped: 0, failed: 0 };
  }

  /** Log odds that a reset at this rung doesn't help (Laplace's rule of succession), of bounded weight. */
  oddsAgainst(rung: Rung): number {
    const { helped, failed } = this.score(rung);
    return Math.max(-MOST_ODDS, Math.min(MOST_ODDS, Math.log((failed + 1) / (helped + 1))));
  }

  helped(rung: Rung): void {
    const score = this.#scores.get(rung);
    if (score) score.helped += 1;
  }

  failed(rung: Rung): void {
    const score = this.#scores.get(rung);
    if (score) score.failed += 1;
  }
}
