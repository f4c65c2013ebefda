import { type Check, checkEach, elsewhere } from "../option-checks.js";
import { checkSignal } from "./abort.js";
import type { PcmDescription } from "./input.js";
import { checkFfmpeg, checkMaxBytes, checkMaxDurationMs } from "./validate.js";

/** Options of `loadAudio()`. */
export interface LoadAudioOptions extends PcmDescription {
  /** Ends the reading or decoding with ERR_WHISPER_ABORTED; a stream is destroyed, ffmpeg killed. */
  signal?: AbortSignal | undefined;
  /** Longest audio, in ms; longer is ERR_WHISPER_AUDIO_TOO_LONG. Default: 14400000 (4 h); at most 86400000 (24 h). */
  maxDurationMs?: number | undefined;
  /** Most bytes that a stream may yield; more is ERR_WHISPER_AUDIO_TOO_LONG. Default: 2147483648 (2 GiB). */
  maxBytes?: number | undefined;
  /**
   * Formats other than WAV, AIFF, FLAC and MP3 go through ffmpeg: `true` (default) looks for it on the PATH, a string names
   * it, `false` never starts it.
   */
  ffmpeg?: boolean | string | undefined;
}

/** The same with defaults. @internal */
export interface LoadAudioSettings extends PcmDescription {
  signal: AbortSignal | undefined;
  maxDurationMs: number;
  maxBytes: number;
  ffmpeg: boolean | string;
}

const known: Record<keyof LoadAudioOptions, Check> = {
  signal: elsewhere,
  maxDurationMs: elsewhere,
  maxBytes: elsewhere,
  ffmpeg: elsewhere,
  sampleRate: elsewhere,
  channels: elsewhere,
};

/**
 * Checks all options but `sampleRate` and `channels`, which depend on the input. Throws `ERR_WHISPER_INVALID_ARG`.
 * @internal
 */
export function checkLoadOptions(options: unknown): LoadAudioSettings {
  checkEach(options, "options", known);
  const { signal, maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } =
    options as LoadAudioOptions;
  return {
    signal: checkSignal(signal),
    maxDurationMs: checkMaxDurationMs(maxDurationMs),
    maxBytes: checkMaxBytes(maxBytes),
    ffmpeg: checkFfmpeg(ffmpeg),
    sampleRate,
    channels,
  };
}
