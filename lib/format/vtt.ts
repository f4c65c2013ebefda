import { cueText, type Formattable } from "./text.js";
import { clock, cueTimesMs } from "./timestamp.js";

/**
 * WebVTT subtitles: times as `HH:MM:SS.mmm`; `&`, `<` and `>` are escaped, so that text is never taken for a tag or
 * for a cue's times. Segments without text give no cue.
 */
export function toVtt(transcript: Formattable): string {
  let cues = "WEBVTT\n\n";
  for (const segment of transcript.segments) {
    const text = escapeVtt(cueText(segment.text));
    if (text === "") continue;
    const { startMs, endMs } = cueTimesMs(segment);
    cues += `${clock(startMs, ".")} --> ${clock(endMs, ".")}\n${text}\n\n`;
  }
  return cues;
}

function escapeVtt(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\0", "\uFFFD"); // what every WebVTT parser does with it
}
