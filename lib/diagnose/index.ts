export type { Arm, ClipClass } from "./arms.js";
export { diagnose } from "./diagnose.js";
export type { DiagnoseOptions, DiagnosisProgress } from "./diagnose-options.js";
export type {
  Analysis,
  Channel,
  Contrast,
  DeviceFindings,
  Diagnosis,
  Effect,
  ExperimentSettings,
  HypothesisId,
  HypothesisPart,
  HypothesisResult,
  Interval,
  MachineFacts,
  MemoryFindings,
  Remedy,
  RemedyId,
  StopReason,
  Verdict,
} from "./diagnosis.js";
export type { Measurement, MemoryReading } from "./measurement.js";
