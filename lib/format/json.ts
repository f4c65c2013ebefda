import type { Segment, TranscribeResult, TranscriptToken } from "../types.js";
import { clock, cueTimesMs } from "./timestamp.js";

/** Options of {@link toJson}. */
export interface JsonFormatOptions {
  /** Adds the tokens of every segment, as `whisper-cli --output-json-full` does. Default: false. */
  full?: boolean;
  /** Written as `systeminfo`: the backends and CPU features in use. Left out when absent. */
  systemInfo?: string;
  /** Written as `model`: what is known of the model (type, vocabulary, dimensions). Left out when absent. */
  model?: Record<string, unknown>;
  /** Written as `params`: what the job was asked for. Left out when absent. */
  params?: { model?: string; language?: string; translate?: boolean };
}

/**
 * JSON in the shape of whisper-cli's `--output-json`: `result.language` and `transcription[]`, each with `timestamps`
 * (`HH:MM:SS,mmm`), `offsets` (milliseconds) and `text` (untouched). Indented with tabs; ends with a line feed.
 * `t_dtw` is in whisper.cpp's unit, hundredths of a second, and -1 when there is none.
 */
export function toJson(
  transcript: Pick<TranscribeResult, "language" | "segments">,
  options: JsonFormatOptions = {},
): string {
  const document = {
    ...(options.systemInfo !== undefined && { systeminfo: options.systemInfo }),
    ...(options.model !== undefined && { model: options.model }),
    ...(options.params !== undefined && { params: options.params }),
    result: { language: transcript.language },
    transcription: transcript.segments.map((segment) => entry(segment, options.full === true)),
  };
  return `${JSON.stringify(document, null, "\t")}\n`;
}

function entry(segment: Segment, full: boolean): object {
  return {
    ...times(segment),
    text: segment.text,
    ...(full && { tokens: segment.tokens.map(token) }),
    ...(segment.speakerTurnNext && { speaker_turn_next: true }),
  };
}

function token(token: TranscriptToken): object {
  const { id, text, p, startMs, endMs, dtwMs } = token;
  return {
    text,
    ...(startMs !== undefined && endMs !== undefined && times({ startMs, endMs })),
    id,
    p,
    t_dtw: dtwMs === undefined ? -1 : Math.round(dtwMs / 10),
  };
}

function times(span: { startMs: number; endMs: number }): object {
  const { startMs, endMs } = cueTimesMs(span);
  return {
    timestamps: { from: clock(startMs, ","), to: clock(endMs, ",") },
    offsets: { from: startMs, to: endMs },
  };
}
