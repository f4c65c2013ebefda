export {
  DIAGNOSIS_FORMATS,
  type DiagnosisFormat,
  type FormatDiagnosisOptions,
  formatDiagnosis,
} from "./format-diagnosis.js";
