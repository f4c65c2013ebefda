import { InvalidArgumentError } from "commander";
import { checkFfmpeg, checkMaxDurationMs } from "../audio/validate.js";
import { type ContextOptions, nativeContextOptions } from "../context-options.js";
import { WhisperArgumentError } from "../errors.js";
import type { TranscriptFormat } from "../format/index.js";
import { decodingParams, type TranscribeOptions } from "../options.js";
import { languages } from "../system.js";
import { type CliIo, say } from "./io.js";

/** The flags of `transcribe`, as commander hands them over. `--no-x` gives `x: false`, else true. */
export interface Flags {
  model?: string;
  language?: string;
  format: TranscriptFormat;
  output?: string;
  full?: true;
  translate?: true;
  threads?: number;
  beamSize?: number;
  bestOf?: number;
  prompt?: string;
  carryPrompt?: true;
  temperature?: number;
  temperatureIncrement?: number;
  fallback: boolean;
  entropyThreshold?: number;
  logprobThreshold?: number;
  noSpeechThreshold?: number;
  maxTextContext?: number;
  offsetMs?: number;
  durationMs?: number;
  maxTokens?: number;
  audioContext?: number;
  timestamps: boolean;
  wordTimestamps?: true;
  maxLength?: number;
  suppressNonSpeech?: true;
  suppressRegex?: string;
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
  ...(["language", "translate", "threads", "beamSize", "bestOf", "prompt", "carryPrompt"] as const),
  ...(["temperature", "temperatureIncrement", "entropyThreshold", "logprobThreshold"] as const),
  ...(["noSpeechThreshold", "maxTextContext", "offsetMs", "durationMs", "maxTokens"] as const),
  ...(["audioContext", "maxLength", "suppressNonSpeech", "suppressRegex"] as const),
  ...(["maxDurationMs", "ffmpeg"] as const),
];

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`, before anything has been loaded or read */
export function transcribeOptions(flags: Flags): TranscribeOptions {
  const options: Record<string, unknown> = {};
  for (const name of SAME_NAME) {
    if (flags[name] !== undefined) options[name] = flags[name];
  }
  if (flags.beamSize !== undefined) options.strategy = "beam";
  if (!flags.fallback) options.temperatureIncrement = 0;
  if (!flags.timestamps) options.noTimestamps = true;
  if (flags.maxLength !== undefined) options.tokenTimestamps = true;
  if (flags.wordTimestamps) {
    // What whisper-cli does for `-ml 1 -sow`.
    Object.assign(options, { tokenTimestamps: true, maxLength: 1, splitOnWord: true });
  }
  decodingParams(options);
  checkLanguage(flags.language);
  checkMaxDurationMs(flags.maxDurationMs);
  checkFfmpeg(flags.ffmpeg);
  return options;
}

/** Native code checks it too, but only when the model is loaded, and for each file. */
function checkLanguage(language: string | undefined): void {
  if (language === undefined || language === "auto" || languages().includes(language)) return;
  throw new WhisperArgumentError("language", language, '"auto" or a code such as "en", "de", "fr"');
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

/** An integer as a person types it: "4", not "4.0", "0x4" or "". */
export function whole(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be an integer.");
  return Number(text);
}

/** A number as a person types it. */
export function decimal(text: string): number {
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(text)) throw new InvalidArgumentError("It must be a number.");
  return Number(text);
}
