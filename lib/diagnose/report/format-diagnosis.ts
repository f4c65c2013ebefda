import { WhisperArgumentError } from "../../errors.js";
import type { Diagnosis } from "../diagnosis.js";
import type { LogDiagnosis } from "../log-diagnosis.js";
import type { ReportDocument } from "./document.js";
import { toJson } from "./json.js";

export const DIAGNOSIS_FORMATS = ["html", "markdown", "json", "text"] as const;

/**
 * "html": one file with everything in it, charts too, which needs no network and no script. "markdown": the same without charts.
 * "json": the object itself. "text": the short of it, for a terminal of 100 columns.
 */
export type DiagnosisFormat = (typeof DIAGNOSIS_FORMATS)[number];

export interface FormatDiagnosisOptions {
  /** Files that hold the whole report: "text" names them. Default: none. */
  readonly reports?: readonly string[] | undefined;
}

/**
 * A diagnosis as a report for people, or as JSON. Depends on nothing but its arguments. What makes a report is loaded at the
 * first call for one, the charting library at the first one for "html".
 *
 * @throws {WhisperArgumentError} (rejects) `ERR_WHISPER_INVALID_ARG`: no diagnosis, or an unknown format.
 */
export async function formatDiagnosis(
  diagnosis: Diagnosis | LogDiagnosis,
  format: DiagnosisFormat,
  { reports = [] }: FormatDiagnosisOptions = {},
): Promise<string> {
  if (diagnosis?.kind !== "experiment" && diagnosis?.kind !== "log") {
    throw new WhisperArgumentError("diagnosis", diagnosis, "what diagnose() or diagnoseLog() gave");
  }
  switch (format) {
    case "json":
      return toJson(diagnosis);
    case "html": {
      const { toHtml } = await import("./html/html.js");
      return toHtml(await documentOf(diagnosis));
    }
    case "markdown": {
      const { toMarkdown } = await import("./markdown.js");
      return toMarkdown(await documentOf(diagnosis));
    }
    case "text": {
      const { toText } = await import("./text.js");
      return toText(await documentOf(diagnosis), reports);
    }
    default:
      throw new WhisperArgumentError("format", format, DIAGNOSIS_FORMATS.join(", "));
  }
}

async function documentOf(diagnosis: Diagnosis | LogDiagnosis): Promise<ReportDocument> {
  if (diagnosis.kind === "experiment") {
    const { experimentDocument } = await import("./content/experiment.js");
    return experimentDocument(diagnosis);
  }
  const { logDocument } = await import("./content/log.js");
  return logDocument(diagnosis);
}
