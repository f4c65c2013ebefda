import type { DiagnoseOptions } from "../diagnose/diagnose-options.js";
import type { Diagnosis } from "../diagnose/diagnosis.js";
import type { LogDiagnosis } from "../diagnose/log-diagnosis.js";
import type { DiagnosisFormat, FormatDiagnosisOptions } from "../diagnose/report/index.js";

/** How far the reading of a log is. */
export interface LogProgress {
  readonly bytes: number;
  /** Undefined where the log isn't a file. */
  readonly totalBytes: number | undefined;
  readonly jobs: number;
}

export interface LogReadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: LogProgress) => void;
  /** What the log is called in the report. */
  name?: string;
}


/** What `diagnose` does its work with: the library's functions, or a test's own. */
export interface DiagnoseTools {
  diagnose(options: DiagnoseOptions): Promise<Diagnosis>;
  diagnoseLog(
    source: string | AsyncIterable<Uint8Array>,
    options: LogReadOptions,
  ): Promise<LogDiagnosis>;
  formatDiagnosis(
    diagnosis: Diagnosis | LogDiagnosis,
    format: DiagnosisFormat,
    options?: FormatDiagnosisOptions,
  ): Promise<string>;
}
