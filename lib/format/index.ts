import { WhisperArgumentError } from "../errors.js";
import type { TranscribeResult } from "../types.js";
import { type JsonFormatOptions, toJson } from "./json.js";
import { toLrc } from "./lrc.js";
import { toSrt } from "./srt.js";
import { toTxt } from "./txt.js";
import { toVtt } from "./vtt.js";

export type { JsonFormatOptions } from "./json.js";
export type { Formattable, FormattableSegment } from "./text.js";
export { toJson, toLrc, toSrt, toTxt, toVtt };

/** Names of the formats; each is also the file name extension of its output. */
export const TRANSCRIPT_FORMATS = ["txt", "srt", "vtt", "json", "lrc"] as const;

export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/**
 * A result as the text of one file. `options` matter to "json" only.
 * Throws `ERR_WHISPER_INVALID_ARG` for a format that is not in {@link TRANSCRIPT_FORMATS}.
 */
export function formatTranscript(
  result: Pick<TranscribeResult, "language" | "segments">,
  format: TranscriptFormat,
  options: JsonFormatOptions = {},
): string {
  switch (format) {
    case "txt":
      return toTxt(result);
    case "srt":
      return toSrt(result);
    case "vtt":
      return toVtt(result);
    case "json":
      return toJson(result, options);
    case "lrc":
      return toLrc(result);
    default:
      throw new WhisperArgumentError(
        "format",
        format,
        `one of ${TRANSCRIPT_FORMATS.map((name) => JSON.stringify(name)).join(", ")}`,
      );
  }
}
