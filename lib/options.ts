import { availableParallelism, cpus } from "node:os";
import type { LoadAudioOptions } from "./audio/decode.js";
import { WhisperArgumentError } from "./errors.js";
import {
  boolean,
  type Check,
  copied,
  integer,
  integers,
  number,
  oneOf,
  text,
} from "./option-checks.js";

/**
 * How to transcribe. Defaults are whisper-cli's, except that `strategy` is "greedy" (with fallback to higher
 * temperatures), where whisper-cli searches with 5 beams, and that `threads` never exceeds the CPUs available to the
 * process. docs/options.md lists all differences.
 */
export interface DecodingOptions {
  /** CPU threads of this job, 1 to the number of CPUs. Default: 4, or the number of available CPUs if that is less. */
  threads?: number | undefined;
  /** "greedy": the most probable token, sampling at temperatures above 0. "beam": beam search. Default: "greedy". */
  strategy?: "greedy" | "beam" | undefined;
  /** Decoders that sample side by side at temperatures above 0; the best one wins. 1 to 8. Default: 5. */
  bestOf?: number | undefined;
  /** Beams of strategy "beam". 1 to 8. Default: 5. */
  beamSize?: number | undefined;

  /**
   * Language code such as "en", "de", "fr" (see `languages()`), or "auto" to detect it in the first window. A model of 99
   * languages refuses "yue". Default: "en".
   */
  language?: string | undefined;
  /** Translate to English. Default: false. */
  translate?: boolean | undefined;

  /** First temperature, 0 to 1. Default: 0. */
  temperature?: number | undefined;
  /** Step to the next temperature when a window fails; 0 switches fallback off, else 0.05 to 1. Default: 0.2. */
  temperatureIncrement?: number | undefined;
  /** A window whose last 32 tokens have less entropy than this repeats itself: it fails. Default: 2.4. */
  entropyThreshold?: number | undefined;
  /** A window with a lower average log probability fails. Default: -1. */
  logprobThreshold?: number | undefined;
  /** With a higher no-speech probability and a low log probability a window is silence. Default: 0.6. */
  noSpeechThreshold?: number | undefined;
  /** Exponent of the length penalty; 0 or negative: divide by the length. Default: -1. */
  lengthPenalty?: number | undefined;
  /** Latest first timestamp in a window, in s, 0 to 30. Default: 1. */
  maxInitialTimestampS?: number | undefined;

  /**
   * Text that the decoder takes for what was said before: names, spelling, style. At most 4096 bytes of UTF-8, and 256
   * in a word or in white space.
   */
  prompt?: string | undefined;
  /** The same as token ids, at most the model's text context (448); takes precedence over `prompt`. */
  promptTokens?: readonly number[] | undefined;
  /** Put the prompt before every window, not only the first. Default: false. */
  carryPrompt?: boolean | undefined;
  /**
   * Forget the text of earlier jobs on this state. Default: true. (Text is passed on between the windows of one job
   * all the same: see `maxTextContext`.)
   */
  noContext?: boolean | undefined;
  /** Most tokens of previous text, within a job too; 0: none, else 16 to 16384. Default: 16384 (no limit of its own). */
  maxTextContext?: number | undefined;

  /** Where to begin, in ms, up to the audio's end. Default: 0. */
  offsetMs?: number | undefined;
  /** Length in ms from there, up to 86 400 000 (a day); 0: to the end. Default: 0. */
  durationMs?: number | undefined;
  /**
   * Most tokens in a window, up to the model's text context (448); 0: no limit of its own. A context with `dtw` takes
   * only 0 with `noTimestamps` or `singleSegment`. Default: 0.
   */
  maxTokens?: number | undefined;
  /**
   * Encoder positions, 20 ms each, up to the model's (1500); 0: all. Fewer are faster and less accurate. A context with
   * `dtw` takes only 0. Default: 0.
   */
  audioContext?: number | undefined;

  /** No timestamps: one segment for each window. Default: false. */
  noTimestamps?: boolean | undefined;
  /** One segment for each window, with timestamps. Default: false. */
  singleSegment?: boolean | undefined;
  /** Times for each token, estimated from timestamp probabilities and signal energy. Default: false. */
  tokenTimestamps?: boolean | undefined;
  /** Least probability of a timestamp that such an estimate relies on, 0 to 1. Default: 0.01. */
  timestampThreshold?: number | undefined;
  /** The same for the sum over all timestamps. Default: 0.01. */
  timestampSumThreshold?: number | undefined;
  /** Longest segment in characters, with `tokenTimestamps`; 0: no limit. Default: 0. */
  maxLength?: number | undefined;
  /** Split such segments at words, not tokens. Default: false. */
  splitOnWord?: boolean | undefined;

  /** No blank at the beginning of a window. Default: true. */
  suppressBlank?: boolean | undefined;
  /** No tokens that aren't speech, such as brackets and notes. Default: false. */
  suppressNonSpeech?: boolean | undefined;
  /**
   * No tokens whose whole text matches this ECMAScript expression: at most 256 bytes, no back-references, counted
   * repetitions of some hundred characters in all.
   */
  suppressRegex?: string | undefined;
  /** No tokens with these ids. */
  suppressTokens?: readonly number[] | undefined;
  /** Mark changes of speaker; needs a tinydiarize model. Default: false. */
  tinydiarize?: boolean | undefined;

  /** GBNF grammar that the text should follow, at most 64 KiB; docs/options.md has the other bounds. */
  grammar?: string | undefined;
  /** Name of its start rule. Default: "root". */
  grammarRule?: string | undefined;
  /** What a token that breaks the grammar loses from its logit. Default: 100. */
  grammarPenalty?: number | undefined;
}

/** Options of `state.transcribe()`. */
export interface TranscribeOptions extends DecodingOptions, LoadAudioOptions {
  /** Called with the share of the audio that is done, 0 to 1, before the first window and after each. */
  onProgress?: ((fraction: number) => void) | undefined;
}

/** Options of `state.detectLanguage()`. */
export interface DetectLanguageOptions extends LoadAudioOptions {
  /** See {@link DecodingOptions.threads}. */
  threads?: number | undefined;
}

/** Threads that a job may have. */
export const maxThreads = Math.min(cpus().length || 1, 512);

/** whisper-cli's default, within what this process may use. */
export const defaultThreads = Math.min(4, maxThreads, availableParallelism());

// The same bounds as native/core/job_params.cc, which checks them again together with the model's.
const checks: Record<keyof DecodingOptions, Check> = {
  threads: integer(1, maxThreads),
  strategy: oneOf("greedy", "beam"),
  bestOf: integer(1, 8),
  beamSize: integer(1, 8),
  language: text(32),
  translate: boolean,
  temperature: number(0, 1),
  temperatureIncrement: number(0.05, 1, { orZero: true }),
  entropyThreshold: number(-1000, 1000),
  logprobThreshold: number(-1000, 1000),
  noSpeechThreshold: number(-1000, 1000),
  lengthPenalty: number(-1000, 1000),
  maxInitialTimestampS: number(0, 30),
  prompt: text(4096),
  promptTokens: integers,
  carryPrompt: boolean,
  noContext: boolean,
  maxTextContext: integer(16, 16384, { orZero: true }),
  offsetMs: integer(0, 86_400_000),
  durationMs: integer(0, 86_400_000),
  maxTokens: integer(0, 448),
  audioContext: integer(0, 1500),
  noTimestamps: boolean,
  singleSegment: boolean,
  tokenTimestamps: boolean,
  timestampThreshold: number(0, 1),
  timestampSumThreshold: number(0, 1),
  maxLength: integer(0, 1_000_000),
  splitOnWord: boolean,
  suppressBlank: boolean,
  suppressNonSpeech: boolean,
  suppressRegex: text(256),
  suppressTokens: integers,
  tinydiarize: boolean,
  grammar: text(65_536),
  grammarRule: text(256),
  grammarPenalty: number(0, 10_000),
};

/** The names of {@link DecodingOptions}. */
export const DECODING_OPTIONS = Object.keys(checks) as readonly (keyof DecodingOptions)[];

// Checked where the audio is read (lib/audio/decode.ts).
const audioOptions = new Set([
  "signal",
  "maxDurationMs",
  "maxBytes",
  "ffmpeg",
  "sampleRate",
  "channels",
]);

/**
 * Checks options and picks those that native code takes, with this library's defaults.
 *
 * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` naming the option, its value and what it must be.
 */
export function decodingParams(
  options: unknown,
  known: readonly string[] = [...DECODING_OPTIONS, "onProgress"],
): DecodingOptions {
  if (typeof options !== "object" || options === null) {
    throw new WhisperArgumentError("options", options, "an object");
  }
  const params: Record<string, unknown> = { threads: defaultThreads };
  for (const [name, value] of Object.entries(options)) {
    if (audioOptions.has(name) || value === undefined) continue;
    if (!known.includes(name)) {
      throw new WhisperArgumentError("options", `{ ${name} }`, `free of unknown names`);
    }
    if (name === "onProgress") {
      if (typeof value !== "function") throw new WhisperArgumentError(name, value, "a function");
      continue;
    }
    checks[name as keyof DecodingOptions](name, value);
    // Native code gets them later: what the caller does to an array in the meantime must not matter.
    params[name] = Array.isArray(value) ? copied(value) : value;
  }
  return params;
}
