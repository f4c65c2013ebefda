/** How a run ends: after a number of blocks that was fixed before, or as soon as there are verdicts. */
export type Mode = "fixed" | "sequential";

/** A sequential run looks after this many blocks, then after each so many more; beyond the usual 60 ever more rarely. */
export const LOOKS = { first: 12, every: 4, until: 60, everyLater: 20 } as const;

/** Whether a sequential run looks at its verdicts after this many blocks. Its last block is always looked at as well. */
export function isLook(blocks: number): boolean {
  if (blocks < LOOKS.first) return false;
  return blocks <= LOOKS.until
    ? (blocks - LOOKS.first) % LOOKS.every === 0
    : (blocks - LOOKS.until) % LOOKS.everyLater === 0;
}

/** Confidence of the two-sided intervals that verdicts are judged by. */
export interface Levels {
  /** "supported": the whole interval lies beyond the least effect of interest. */
  readonly effect: number;
  /** "refuted": the interval ends before the margin of equivalence (two one-sided tests, Schuirmann 1987). */
  readonly equivalence: number;
}

/** A sequential run looks up to 13 times, and each look may err: its levels are stricter (found by simulation: bench/diagnosis). */
export const LEVELS: Readonly<Record<Mode, Levels>> = {
  fixed: { effect: 0.98, equivalence: 0.9 },
  sequential: { effect: 0.996, equivalence: 0.95 },
};

/** Logarithms of the least slowdown of interest, and of the margin below which two arms count as alike. */
export const LEAST_EFFECT = Math.log(1.05);
export const EQUIVALENT = Math.log(1.1);
