import type { DiagnoseOptions } from "../diagnose/diagnose-options.js";
import type { Diagnosis } from "../diagnose/diagnosis.js";
import type { LogOptions } from "../diagnose/log/log-options.js";
import type { LogDiagnosis } from "../diagnose/log-diagnosis.js";
import type { DiagnosisFormat, FormatDiagnosisOptions } from "../diagnose/report/index.js";

/** What `diagnose` does its work with: the library's functions, or a test's own. */
export interface DiagnoseTools {
  diagnose(options: DiagnoseOptions): Promise<Diagnosis>;
  diagnoseLog(
    source: string | AsyncIterable<Uint8Array>,
    options: LogOptions,
  ): Promise<LogDiagnosis>;
  formatDiagnosis(
    diagnosis: Diagnosis | LogDiagnosis,
    format: DiagnosisFormat,
    options?: FormatDiagnosisOptions,
  ): Promise<string>;
}

/** The library's own. */
export async function loadDiagnoseTools(): Promise<DiagnoseTools> {
  const [{ diagnose }, { diagnoseLog }, { formatDiagnosis }] = await Promise.all([
    import("../diagnose/diagnose.js"),
    import("../diagnose/log/diagnose-log.js"),
    import("../diagnose/report/index.js"),
  ]);
  return { diagnose, diagnoseLog, formatDiagnosis };
}
