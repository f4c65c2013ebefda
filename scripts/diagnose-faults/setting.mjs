// The short setting that the figures of docs/diagnosis-figures.md are of.

/** Options of `diagnose()`: the micro model on the embedded samples, until there are verdicts. */
export const SETTING = { maxBlocks: 32 };
