import { cueText, type Formattable } from "./text.js";
import { clock, cueTimesMs } from "./timestamp.js";

/**
 * SubRip subtitles: cues numbered from 1, times as `HH:MM:SS,mmm`, one blank line after each cue.
 * Segments without text give no cue. SubRip has no escapes: `<` and `&` stay as they are.
 */
export function toSrt(transcript: Formattable): string {
  let cues = "";
  let number = 0;
  for (const segment of transcript.segments) {
    const text = cueText(segment.text);
    if (text === "") continue;
    const { startMs, endMs } = cueTimesMs(segment);
    number += 1;
    cues += `${number}\n${clock(startMs, ",")} --> ${clock(endMs, ",")}\n${text}\n\n`;
  }
  return cues;
}
