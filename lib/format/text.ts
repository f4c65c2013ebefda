import type { Segment } from "../types.js";

/** The part of a segment that the subtitle formats use. Times are milliseconds from the audio's start. */
export type FormattableSegment = Pick<Segment, "startMs" | "endMs" | "text">;

/** What the text and subtitle formats need of a result: its segments, in order. */
export interface Formattable {
  readonly segments: readonly FormattableSegment[];
}

// CRLF, CR, LF, vertical tab, form feed, NEL and the two Unicode separators: parsers disagree about which of them end
// a line, so none is passed through as it is.
const LINE_BREAKS = /\r\n|[\r\n\v\f\u0085\u2028\u2029]/;

/** The text on one line, without white space around it. */
export function oneLine(text: string): string {
  return lines(text).join(" ");
}

/** The text on as many lines as it has, joined by LF; a blank line would end a subtitle, so there is none. */
export function cueText(text: string): string {
  return lines(text).join("\n");
}

function lines(text: string): string[] {
  return text
    .split(LINE_BREAKS)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
