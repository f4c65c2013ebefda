/**
 * The ways to run a job that are compared. Each block of the experiment runs the same clip once in every arm, in random
 * order, so that clip and machine cancel in the ratios of a block. All but "fresh-process" and "other" run in one process that is
 * kept, the aged one; what is fresh has run one short warm-up, so that no cold caches count.
 */
export const ARMS = [
  /** A state that is kept and never reset, in a context that is kept; its segments are read after the whole run: "late". */
  "kept",
  /** Another such state; segments are read as they come. */
  "at-once",
  /** Another such state; its reader takes a pause after each segment. */
  "slowly",
  /** A new state for each job, on the context that is kept. */
  "fresh-state",
  /** A new context (and state) for each job, in the process that is kept. */
  "fresh-context",
  /** A new process (context, state) for each job. */
  "fresh-process",
  /** As "fresh-state", without text of earlier windows or a prompt: `maxTextContext: 0`. */
  "no-previous-text",
  /** As "fresh-state", of the other model or build that is compared: only with `compareWith`. */
  "other",
] as const;

export type Arm = (typeof ARMS)[number];

/** Whether an arm's jobs run in the process that is kept, which ages with each of them. */
export function runsInKeptProcess(arm: Arm): boolean {
  return arm !== "fresh-process" && arm !== "other";
}

/** Classes of audio: no speech, and speech of about 1, 3 and 10 segments. "long" has at least two windows of 30 s. */
export const CLIP_CLASSES = ["sine", "short", "medium", "long"] as const;

export type ClipClass = (typeof CLIP_CLASSES)[number];
