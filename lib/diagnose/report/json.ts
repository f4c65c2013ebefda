import type { Diagnosis } from "../diagnosis.js";
import type { LogDiagnosis } from "../log-diagnosis.js";

/** JSON, indented, with a line end. Numbers that JSON hasn't (infinite ones and NaN) are null, big integers are text. */
export function toJson(diagnosis: Diagnosis | LogDiagnosis): string {
  const text = JSON.stringify(
    diagnosis,
    (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value),
    2,
  );
  return `${text}\n`;
}
