import { type Formattable, oneLine } from "./text.js";

/** Plain text: one line per segment that has text. Ends with a line feed, or is empty. */
export function toTxt(transcript: Formattable): string {
  return transcript.segments.map(txtLine).join("");
}

/** The line of one segment with its line feed, or "" when it has no text. */
export function txtLine(segment: { readonly text: string }): string {
  const text = oneLine(segment.text);
  return text === "" ? "" : `${text}\n`;
}
