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
export { diagnoseLog } from "./log/diagnose-log.js";
export type { LogOptions, LogProgress } from "./log/log-options.js";
export type { LogDiagnosis, LogFinding, LoggedJob } from "./log-diagnosis.js";
export type { Measurement, MemoryReading } from "./measurement.js";
export {
  DIAGNOSIS_FORMATS,
  type DiagnosisFormat,
  type FormatDiagnosisOptions,
  formatDiagnosis,
} from "./report/index.js";
