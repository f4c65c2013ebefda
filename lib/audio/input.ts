import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { fileURLToPath } from "node:url";
import { types } from "node:util";
import { WhisperArgumentError, WhisperAudioError } from "../errors.js";
import { checkChannels, checkSampleRate, stableView, WHISPER_SAMPLE_RATE } from "./validate.js";

/** PCM with its description. */
export interface PcmAudio {
  /** Interleaved samples: float32 in [-1, 1], or signed 16-bit integers. */
  samples: Float32Array | Int16Array;
  /** In Hz, from 1000 to 768000. */
  sampleRate: number;
  /** From 1 to 32; several channels are averaged. */
  channels: number;
}

/**
 * Bytes of an encoded file that arrive in pieces. It is read once, to its end, and destroyed when the call fails (not by a
 * pool whose queue is full, or that isn't open).
 */
export type ByteStream = Readable | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/**
 * Anything that holds audio:
 * - `string`: path of a file (never fetched as an address); `URL`: a `file:` URL;
 * - `Uint8Array` (so also `Buffer`), `ArrayBuffer`: the bytes of an encoded file (WAV, AIFF, FLAC,
 *   MP3, or what ffmpeg reads);
 * - a Node stream, async iterable or web stream of such bytes;
 * - `Float32Array`: samples in [-1, 1], mono at 16 kHz unless `sampleRate` and `channels` say otherwise;
 * - `Int16Array`: samples; `sampleRate` and `channels` are required;
 * - `{ samples, sampleRate, channels }`.
 */
export type AudioInput =
  | string
  | URL
  | Uint8Array
  | ArrayBufferLike
  | ByteStream
  | Float32Array
  | Int16Array
  | PcmAudio;

/** Description of bare samples given as `Float32Array` or `Int16Array`. */
export interface PcmDescription {
  /** In Hz. Default for Float32Array: 16000. */
  sampleRate?: number | undefined;
  /** Interleaved channels. Default for Float32Array: 1. */
  channels?: number | undefined;
}

/** @internal */
export type PreparedInput =
  | { kind: "file"; path: string }
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "stream"; stream: ByteStream }
  | ({ kind: "pcm" } & PcmAudio);

const EXPECTED =
  "a path, a file: URL, encoded bytes (Buffer, Uint8Array, ArrayBuffer, stream), Float32Array, Int16Array or { samples, sampleRate, channels }";

/**
 * Says what an input is; synchronous, reads nothing. `viewOf`: what is done with memory; default: a copy where somebody else
 * could change it.
 * Throws `ERR_WHISPER_INVALID_ARG`, or `ERR_WHISPER_AUDIO_INVALID` for bytes of length 0.
 * @internal
 */
export function prepareInput(
  input: unknown,
  described: PcmDescription = {},
  viewOf: typeof stableView = stableView,
): PreparedInput {
  const pcm = (
    samples: Float32Array | Int16Array,
    sampleRate: unknown,
    channels: unknown,
  ): PreparedInput => ({
    kind: "pcm",
    samples: viewOf(samples, "audio"),
    sampleRate: checkSampleRate(sampleRate),
    channels: checkChannels(channels),
  });
  const bytes = (view: Uint8Array): PreparedInput => ({
    kind: "bytes",
    bytes: notEmpty(viewOf(view, "audio")),
  });
  if (types.isFloat32Array(input)) {
    const { sampleRate = WHISPER_SAMPLE_RATE, channels = 1 } = described;
    return pcm(input, sampleRate, channels);
  }
  if (types.isInt16Array(input)) return pcm(input, described.sampleRate, described.channels);
  for (const name of ["sampleRate", "channels"] as const) {
    if (described[name] !== undefined) {
      throw new WhisperArgumentError(
        name,
        described[name],
        "left out unless the audio is a Float32Array or an Int16Array (encoded audio and { samples, sampleRate, channels } carry their own)",
      );
    }
  }
  if (typeof input === "string") return { kind: "file", path: checkPath(input) };
  if (types.isUint8Array(input)) return bytes(input);
  if (types.isAnyArrayBuffer(input)) return bytes(bytesOf(input));
  if (typeof input !== "object" || input === null) {
    throw new WhisperArgumentError("audio", input, EXPECTED);
  }
  if (isUrl(input)) return { kind: "file", path: checkPath(pathOfUrl(input)) };
  if (isByteStream(input)) return { kind: "stream", stream: input };
  if ("samples" in input) {
    const { samples, sampleRate, channels } = input as Partial<PcmAudio>;
    if (types.isFloat32Array(samples) || types.isInt16Array(samples)) {
      return pcm(samples, sampleRate, channels);
    }
    throw new WhisperArgumentError("audio.samples", samples, "a Float32Array or an Int16Array");
  }
  throw new WhisperArgumentError("audio", input, EXPECTED);
}

function bytesOf(buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw new WhisperArgumentError("audio", buffer, "memory that was not transferred away");
  }
}

function notEmpty(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0) return bytes;
  throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "the audio is empty: 0 bytes");
}

function checkPath(path: string): string {
  if (path !== "" && !path.includes("\0")) return path;
  throw new WhisperArgumentError("audio", path, "a path that is not empty and holds no NUL");
}

function isUrl(value: object): value is URL {
  return (
    "href" in value &&
    typeof value.href === "string" &&
    "protocol" in value &&
    typeof value.protocol === "string"
  );
}

function pathOfUrl(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new WhisperArgumentError(
      "audio",
      url.href,
      "a file: URL of this machine (fetch other addresses yourself and pass the response's body)",
    );
  }
}

function isByteStream(value: object): value is ByteStream {
  return (
    (Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === "function") ||
    ("getReader" in value && typeof value.getReader === "function")
  );
}
