import { checkFfmpeg, checkMaxDurationMs } from "../audio/validate.js";
import { type ContextOptions, nativeContextOptions } from "../context-options.js";
import type { TranscriptFormat } from "../format/index.js";
import { decodingParams, type TranscribeOptions } from "../options.js";
import { type DecodingFlags, decodingOptions } from "./decoding-flags.js";
import { type CliIo, say } from "./io.js";

/** The flags of `transcribe`, as commander hands them over. `--no-x` gives `x: false`, else true. */
export interface Flags extends DecodingFlags {
  model?: string;
  format: TranscriptFormat;
  output?: string;
  full?: true;
  maxTextContext?: number;
  offsetMs?: number;
  durationMs?: number;
  timestamps: boolean;
  wordTimestamps?: true;
  maxLength?: number;
  backend?: string;
  device?: number;
  flashAttention: boolean;
  dtw?: string;
  maxDurationMs?: number;
  ffmpeg?: string | boolean;
  quiet?: true;
  verbose?: true;
}

// Flags that are options of the library under the same name.
const SAME_NAME = [
  ...(["maxTextContext", "offsetMs", "durationMs", "maxLength"] as const),
  ...(["maxDurationMs", "ffmpeg"] as const),
];

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`, before anything has been loaded or read */
export function transcribeOptions(flags: Flags): TranscribeOptions {
  const options: Record<string, unknown> = { ...decodingOptions(flags) };
  for (const name of SAME_NAME) {
    if (flags[name] !== undefined) options[name] = flags[name];
  }
  if (!flags.timestamps) options.noTimestamps = true;
  if (flags.maxLength !== undefined) options.tokenTimestamps = true;
  if (flags.wordTimestamps) {
    // What whisper-cli does for `-ml 1 -sow`.
    Object.assign(options, { tokenTimestamps: true, maxLength: 1, splitOnWord: true });
  }
  decodingParams(options);
  checkMaxDurationMs(flags.maxDurationMs);
  checkFfmpeg(flags.ffmpeg);
  return options;
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`, before anything has been loaded */
export function contextOptions(flags: Flags, io: CliIo): ContextOptions {
  const { backend, device, dtw, flashAttention, verbose } = flags;
  const options = {
    signal: io.signal,
    ...(backend !== undefined && { backend: backend as NonNullable<ContextOptions["backend"]> }),
    ...(device !== undefined && { device }),
    ...(dtw !== undefined && { dtw }),
    ...(!flashAttention && { flashAttention }),
    ...(verbose && {
      onLog: ({ text }: { text: string }) => void say(io, `${text.trimEnd()}\n`),
    }),
  };
  nativeContextOptions(options);
  return options;
}
