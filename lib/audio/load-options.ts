import { WhisperArgumentError } from "../errors.js";
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

const known: Record<keyof LoadAudioOptions, true> = {
  signal: true,
  maxDurationMs: true,
  maxBytes: true,
  ffmpeg: true,
  sampleRate: true,
  channels: true,
};

/**
 * Checks all options but `sampleRate` and `channels`, which depend on the input. Throws `ERR_WHISPER_INVALID_ARG`.
 * @internal
 */
export function checkLoadOptions(options: unknown): LoadAudioSettings {
  if (typeof options !== "object" || options === null) {
    throw new WhisperArgumentError("options", options, "an object");
  }
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !Object.hasOwn(known, name)) {
      throw new WhisperArgumentError("options", `{ ${name} }`, "free of unknown names");
    }
  }
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
