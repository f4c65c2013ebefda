import { constants } from "node:buffer";
import { types } from "node:util";
import { describe, WhisperArgumentError, WhisperAudioError, WhisperError } from "../errors.js";

/** The one shape that whisper.cpp takes: mono, 16 kHz, 32-bit float. */
export const WHISPER_SAMPLE_RATE = 16_000;

export const DEFAULT_MAX_DURATION_MS = 4 * 3_600_000;
export const LONGEST_MAX_DURATION_MS = 24 * 3_600_000;
export const DEFAULT_MAX_BYTES = 2 * 2 ** 30;

// The same bounds as native/core/audio_resample.cc.
const LOWEST_SAMPLE_RATE = 1_000;
const HIGHEST_SAMPLE_RATE = 768_000;
const MOST_CHANNELS = 32;

/** `value`, or 4 hours (in ms) when it is undefined. At most 24 hours. */
export function checkMaxDurationMs(value: unknown): number {
  if (value === undefined) return DEFAULT_MAX_DURATION_MS;
  if (typeof value === "number" && value > 0 && value <= LONGEST_MAX_DURATION_MS) return value;
  throw new WhisperArgumentError(
    "maxDurationMs",
    value,
    `a number above 0 and at most ${LONGEST_MAX_DURATION_MS} (24 hours in ms)`,
  );
}

/** `value`, or 2 GiB (in bytes) when it is undefined. At most the size of the largest Buffer. */
export function checkMaxBytes(value: unknown): number {
  if (value === undefined) return DEFAULT_MAX_BYTES;
  const most = constants.MAX_LENGTH;
  if (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= most) {
    return value as number;
  }
  throw new WhisperArgumentError("maxBytes", value, `an integer from 1 to ${most} (bytes)`);
}

/** A sample rate in Hz. */
export function checkSampleRate(value: unknown): number {
  return checkInteger("sampleRate", value, LOWEST_SAMPLE_RATE, HIGHEST_SAMPLE_RATE, "Hz");
}

export function checkChannels(value: unknown): number {
  return checkInteger("channels", value, 1, MOST_CHANNELS, "interleaved channels");
}

function checkInteger(
  name: string,
  value: unknown,
  least: number,
  most: number,
  unit: string,
): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  throw new WhisperArgumentError(name, value, `an integer from ${least} to ${most} (${unit})`);
}

/**
 * Whole frames, at least one, and no longer than `maxDurationMs`. Looks at lengths only: that every sample is finite
 * is checked by native code on its own thread, because reading an hour of samples here would hold up the event loop.
 */
export function checkPcmLength(
  samples: Float32Array | Int16Array,
  sampleRate: number,
  channels: number,
  maxDurationMs: number,
): void {
  if (samples.length === 0) {
    throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "the audio has no samples");
  }
  if (samples.length % channels !== 0) {
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_INVALID",
      `${samples.length} samples are not whole frames of ${channels} channels: the audio is cut off, or \`channels\` is wrong`,
    );
  }
  const durationMs = (samples.length / channels / sampleRate) * 1000;
  if (durationMs > maxDurationMs)
    throw tooLong(`${(durationMs / 1000).toFixed(1)} s`, maxDurationMs);
}

export function tooLong(found: string, maxDurationMs: number): WhisperAudioError {
  return new WhisperAudioError(
    "ERR_WHISPER_AUDIO_TOO_LONG",
    `the audio lasts ${found}, the limit is ${maxDurationMs / 1000} s: split it, or raise \`maxDurationMs\` (at most ${LONGEST_MAX_DURATION_MS}, 24 hours)`,
  );
}

/**
 * A view that native code may read: `view` itself, or a copy of it where somebody else could change or shrink the
 * memory at any time (shared and resizable buffers). Views with an offset are fine as they are.
 * Throws `ERR_WHISPER_INVALID_ARG` when the memory was transferred away (postMessage, structuredClone).
 */
export function stableView<View extends Float32Array | Int16Array | Uint8Array>(
  view: View,
  argument: string,
): View {
  const { buffer } = attachedView(view, argument);
  if (types.isSharedArrayBuffer(buffer)) return copyOf(view);
  // Not in the ES2023 types yet; Node 20 has it.
  return (buffer as { resizable?: boolean }).resizable === true ? copyOf(view) : view;
}

/** `view`, for who only looks at its length. Throws as `stableView()`. */
export function attachedView<View extends Float32Array | Int16Array | Uint8Array>(
  view: View,
  argument: string,
): View {
  if (view.length === 0 && isDetached(view.buffer)) {
    throw new WhisperArgumentError(
      argument,
      view,
      "backed by memory that was not transferred away",
    );
  }
  return view;
}

/** A copy in memory of its own. Throws `ERR_WHISPER_OUT_OF_MEMORY`. */
export function copyOf<View extends Float32Array | Int16Array | Uint8Array>(view: View): View {
  // `types.is...` rather than `instanceof` here and in input.ts: test runners and vm contexts have array types of their own.
  try {
    // Not `view.slice()`: a Buffer's slice shares memory.
    if (types.isFloat32Array(view)) return new Float32Array(view) as View;
    if (types.isInt16Array(view)) return new Int16Array(view) as View;
    return new Uint8Array(view) as View;
  } catch (cause) {
    throw outOfMemory(view.byteLength, cause);
  }
}

/** Node 20 has no `ArrayBuffer.prototype.detached`; only a detached buffer refuses a view of nothing. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer, 0, 0);
    return false;
  } catch {
    return true;
  }
}

export function outOfMemory(bytes: number, cause: unknown): WhisperError {
  return new WhisperError(
    "ERR_WHISPER_OUT_OF_MEMORY",
    `no memory for ${bytes} bytes of audio: transcribe it in parts (${describe(String((cause as Error)?.message ?? cause))})`,
    { cause },
  );
}

/** Whether and with what to run ffmpeg: `value`, or true when it is undefined. */
export function checkFfmpeg(value: unknown): boolean | string {
  if (value === undefined) return true;
  if (typeof value === "boolean") return value;
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw new WhisperArgumentError("ffmpeg", value, "true, false, or the name or path of ffmpeg");
}
