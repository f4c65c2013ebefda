/** What a line of a log can tell about a job. "own" is a job's JSON line of this package. */
export type FieldName =
  | "tag"
  | "phase"
  | "setUp"
  | "total"
  | "audio"
  | "index"
  | "uptime"
  | "segments"
  | "own";

/** A text that a field begins with. What follows it is read by `readValue()`. */
export interface Pattern {
  readonly text: string;
  readonly field: FieldName;
  /** Of the worker's sentences, not of a key=value record: its value is in brackets after it. */
  readonly prose: boolean;
}

const keys: readonly (readonly [string, FieldName])[] = [
  ["[s-", "tag"],
  ["phase=transcribe", "phase"],
  ["phase=segments", "phase"],
  ["t_transcribe=", "setUp"],
  ["t_segments_list=", "total"],
  ["audio_duration=", "audio"],
  ["job_index=", "index"],
  ["worker_uptime=", "uptime"],
  ["segments_count=", "segments"],
  // A field of `jobLine()`, which every finished job has; not its quotes, which a log of logs escapes.
  ["t_run_ms", "own"],
];

const sentences: readonly (readonly [string, FieldName])[] = [
  ["transcribe() completed", "setUp"],
  ["Converted segments to list", "total"],
];

/** Where a line is broken at a space, the space may be gone: each space in turn is left out. */
function withoutASpace(text: string): string[] {
  return [...text.matchAll(/ /g)].map(({ index }) => text.slice(0, index) + text.slice(index + 1));
}

/** ASCII, without line breaks. */
export const PATTERNS: readonly Pattern[] = [
  ...keys.map(([text, field]) => ({ text, field, prose: false })),
  ...sentences.flatMap(([text, field]) =>
    [text, ...withoutASpace(text)].map((variant) => ({ text: variant, field, prose: true })),
  ),
];
