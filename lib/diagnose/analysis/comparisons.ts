import type { Arm } from "../arms.js";

/** Two arms whose jobs of the same clip in the same block are compared. */
export interface Comparison {
  readonly id: string;
  readonly slow: Arm;
  readonly fast: Arm;
  /** Whether the effect grows with the blocks that the kept units have been through; otherwise it is there from the start. */
  readonly ageing: boolean;
  /** Whether times are divided by what the job's work should take. */
  readonly perWork: boolean;
  /** Whether `slow` is relieved of reading its own earlier text: see `ownReadingMs()`. */
  readonly readingApart: boolean;
  /** Clips with fewer windows can't show it. */
  readonly leastWindows: number;
  /** Whether faster is a difference, too. */
  readonly twoSided: boolean;
}

function ageing(slow: Arm, fast: Arm): Comparison {
  const id = `${slow}/${fast}`;
  const is = { ageing: true, perWork: true, readingApart: false, twoSided: false };
  return { id, slow, fast, ...is, leastWindows: 1 };
}

/** The two arms' own times: what differs is meant to cost work. */
function constant(
  slow: Arm,
  fast: Arm,
  how: Pick<Comparison, "readingApart" | "leastWindows" | "twoSided">,
): Comparison {
  return { id: `${slow}/${fast}`, slow, fast, ageing: false, perWork: false, ...how };
}

export const KEPT_OR_AT_ONCE = "kept/at-once";
export const SLOWLY_OR_AT_ONCE = "slowly/at-once";
export const STATE = "at-once/fresh-state";
export const CONTEXT = "fresh-state/fresh-context";
export const STATE_AND_CONTEXT = "at-once/fresh-context";
export const PROCESS = "fresh-context/fresh-process";
export const ALL_KEPT = "kept/fresh-process";
export const ALL_AT_ONCE = "at-once/fresh-process";
export const TEXT = "fresh-state/no-previous-text";
export const OTHER = "other/fresh-state";

/** Text of earlier windows needs an earlier window. */
export const TEXT_WINDOWS = 2;

export const COMPARISONS: readonly Comparison[] = [
  ageing("kept", "at-once"),
  ageing("slowly", "at-once"),
  ageing("at-once", "fresh-state"),
  ageing("fresh-state", "fresh-context"),
  ageing("at-once", "fresh-context"),
  ageing("fresh-context", "fresh-process"),
  ageing("kept", "fresh-process"),
  ageing("at-once", "fresh-process"),
  constant("fresh-state", "no-previous-text", {
    ...{ readingApart: true, leastWindows: TEXT_WINDOWS, twoSided: false },
  }),
  constant("other", "fresh-state", { readingApart: false, leastWindows: 1, twoSided: true }),
];

/**
 * Arms from what is kept most to what is all fresh. None ages less than one behind it: what is fresher can't have piled up more.
 * "no-previous-text" ages like "fresh-state", but differs from all by its text.
 */
const BY_AGE: readonly (readonly Arm[])[] = [
  ["kept", "slowly"],
  ["at-once"],
  ["fresh-state"],
  ["fresh-context"],
  ["fresh-process"],
];

/**
 * The arms that age at least like `slow`, and those that age at most like `fast`: if `slow` is slower, so are the former on average
 * over the latter, by no less.
 */
export function bounding({ slow, fast }: Comparison): {
  slow: readonly Arm[];
  fast: readonly Arm[];
} {
  const rank = (arm: Arm) => BY_AGE.findIndex((arms) => arms.includes(arm));
  return {
    slow: [slow, ...BY_AGE.slice(0, rank(slow)).flat()],
    fast: [fast, ...BY_AGE.slice(rank(fast) + 1).flat()],
  };
}
