import type { Decision } from "../decision.js";
import { RUNGS, type Rung } from "../sample.js";

/** Decisions so far. */
export interface Tally {
  readonly resets: Readonly<Record<Rung, number>>;
  readonly preventive: number;
  readonly helped: number;
  readonly notHelped: number;
  readonly gaveUp: number;
  readonly overBudget: number;
  readonly reAnchored: number;
}

export type MutableTally = { -readonly [Key in keyof Omit<Tally, "resets">]: number } & {
  readonly resets: Record<Rung, number>;
};

export function emptyTally(): MutableTally {
  const resets = Object.fromEntries(RUNGS.map((rung) => [rung, 0])) as Record<Rung, number>;
  return {
    resets,
    preventive: 0,
    helped: 0,
    notHelped: 0,
    gaveUp: 0,
    overBudget: 0,
    reAnchored: 0,
  };
}

export function count(tally: MutableTally, decision: Decision): void {
  switch (decision.type) {
    case "reset":
      tally.resets[decision.rung] += 1;
      if (decision.cause === "preventive") tally.preventive += 1;
      break;
    case "verified":
      if (decision.helped) tally.helped += 1;
      else tally.notHelped += 1;
      break;
    case "gave-up":
      tally.gaveUp += 1;
      break;
    case "budget":
      tally.overBudget += 1;
      break;
    case "re-anchored":
      tally.reAnchored += 1;
      break;
    case "confirm":
      break;
  }
}
