import type { Arm } from "../arms.js";
import type { Contrast, StopReason } from "../diagnosis.js";
import type { Colour } from "./document.js";

/** How arms are called for people. */
export const ARM_NAMES: Readonly<Record<Arm, string>> = {
  kept: "State kept, read late",
  "at-once": "State kept, read at once",
  slowly: "State kept, read slowly",
  "fresh-state": "Fresh state",
  "fresh-context": "Fresh context",
  "fresh-process": "Fresh process",
  "no-previous-text": "No previous text",
  other: "The other model or build",
};

/** What ages, what is made afresh, and what differs by more than age. */
export const ARM_COLOURS: Readonly<Record<Arm, Colour>> = {
  kept: "--series-1",
  "at-once": "--series-1",
  slowly: "--series-1",
  "fresh-state": "--series-2",
  "fresh-context": "--series-2",
  "fresh-process": "--series-2",
  "no-previous-text": "--series-3",
  other: "--series-4",
};

export function armName(arm: Arm): string {
  return ARM_NAMES[arm] ?? arm;
}

/** What arms with a kept state differ in: enough where they are compared with each other. */
const READING: Partial<Record<Arm, string>> = {
  kept: "Read late",
  "at-once": "Read at once",
  slowly: "Read slowly",
};

/** "State kept, read at once / fresh state" */
export function contrastName({ slow, fast }: Pick<Contrast, "slow" | "fast">): string {
  const [first, second] =
    READING[slow] && READING[fast]
      ? [READING[slow], READING[fast]]
      : [armName(slow), armName(fast)];
  return `${first} / ${lowered(second)}`;
}

/** As it is written within a sentence. */
export function lowered(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

export const STOPPED: Readonly<Record<StopReason, string>> = {
  verdicts: "every hypothesis had a verdict",
  blocks: "all blocks were done",
  time: "the time limit was reached",
  interrupted: "it was interrupted",
};
