export * from "./decision.js";
export { Detector, type DetectorOptions } from "./detector.js";
export type { HistoryEntry } from "./history.js";
export type { HealthMemory } from "./memory.js";
export { type HealthOptions, type HealthParameters, PARAMETERS } from "./parameters.js";
export type { HealthReport, ModelReport, UnitReport, UnitState } from "./report/report.js";
export type { Tally } from "./report/tally.js";
export { type HealthSample, RUNGS, type Rung } from "./sample.js";
