/** What can be replaced, from the cheapest to the dearest. */
export const RUNGS = ["state", "context", "process"] as const;

/** The level of a reset. */
export type Rung = (typeof RUNGS)[number];
