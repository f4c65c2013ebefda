import { type Formattable, oneLine } from "./text.js";
import { lrcClock, wholeMs } from "./timestamp.js";

/**
 * LRC lyrics: one line per segment that has text, with its start as `[MM:SS.xx]`.
 * Text that begins with "[" is set off by a space, so that no player takes it for a second tag.
 */
export function toLrc(transcript: Formattable): string {
  let lines = "[by:whisper.cpp]\n";
  for (const segment of transcript.segments) {
    const text = oneLine(segment.text);
    if (text === "") continue;
    lines += `[${lrcClock(wholeMs(segment.startMs))}]${text.startsWith("[") ? " " : ""}${text}\n`;
  }
  return lines;
}
