import { types } from "node:util";
import { describe, WhisperAudioError, WhisperError } from "../errors.js";
import type { CancelToken } from "../native/binding.js";
import { fromNative } from "../native/errors.js";
import { native } from "../native/load.js";
import { onAbort, throwIfAborted } from "./abort.js";
import { decodeWithFfmpeg, type FfmpegSource } from "./ffmpeg.js";
import { findFfmpeg } from "./ffmpeg-find.js";
import { checkAudioFile } from "./file-check.js";
import { type AudioInput, type PcmAudio, type PreparedInput, prepareInput } from "./input.js";
import { checkLoadOptions, type LoadAudioOptions, type LoadAudioSettings } from "./load-options.js";
import { isDecodedNatively } from "./native-formats.js";
import { collectBytes } from "./stream.js";
import { closeInput } from "./unread-input.js";
import { checkPcmLength, copyOf, WHISPER_SAMPLE_RATE } from "./validate.js";

export type { LoadAudioOptions } from "./load-options.js";

const FFMPEG_IDLE_TIMEOUT_MS = 60_000;

type Limits = { signal: AbortSignal | undefined; maxDurationMs: number };

/**
 * Any audio as whisper.cpp takes it: mono, 16 kHz, float32. Decoding and resampling run on native threads.
 * A `Float32Array` that is mono and 16 kHz already is returned as it is, not copied.
 *
 * Rejects with ERR_WHISPER_INVALID_ARG, ERR_WHISPER_AUDIO_NOT_FOUND, ERR_WHISPER_AUDIO_READ,
 * ERR_WHISPER_AUDIO_UNSUPPORTED (needs ffmpeg, which isn't there), ERR_WHISPER_AUDIO_INVALID (broken or empty),
 * ERR_WHISPER_AUDIO_TOO_LONG, ERR_WHISPER_OUT_OF_MEMORY or ERR_WHISPER_ABORTED.
 */
export async function loadAudio(
  input: AudioInput,
  options: LoadAudioOptions = {},
): Promise<Float32Array> {
  const { prepared, settings } = examine(input, options);
  const { signal, maxBytes, ffmpeg } = settings;
  switch (prepared.kind) {
    case "pcm":
      throwIfAborted(signal);
      return fromPcm(prepared, settings);
    case "file": {
      throwIfAborted(signal);
      await checkAudioFile(prepared.path);
      return decode({ path: prepared.path, name: JSON.stringify(prepared.path) }, settings, ffmpeg);
    }
    case "bytes": {
      throwIfAborted(signal);
      const name = "the audio";
      // Native code copies the caller's bytes before this call returns. ffmpeg would read them after that, when they
      // may have been changed, or transferred away and freed: it gets a copy.
      if (isDecodedNatively(prepared.bytes)) {
        return decode({ bytes: prepared.bytes, name }, settings, false);
      }
      const bytes = ffmpeg === false ? prepared.bytes : copyOf(prepared.bytes);
      return decode({ bytes, name }, settings, ffmpeg);
    }
    case "stream": {
      const bytes = await collectBytes(prepared.stream, { signal, maxBytes });
      return decode({ bytes, name: "the audio stream" }, settings, ffmpeg);
    }
  }
}

/** Everything that can be checked without reading. An input that is refused is closed: nobody else may know of it. */
function examine(
  input: AudioInput,
  options: LoadAudioOptions,
): { prepared: PreparedInput; settings: LoadAudioSettings } {
  try {
    const settings = checkLoadOptions(options);
    return { prepared: prepareInput(input, settings), settings };
  } catch (error) {
    closeInput(input);
    if (error instanceof WhisperError) throw error;
    // A getter or a proxy of the caller's.
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      `the audio or its options can't be looked at: ${(error as Error)?.message ?? describe(error)}`,
      { cause: error },
    );
  }
}

async function decode(
  source: FfmpegSource,
  limits: Limits,
  ffmpeg: boolean | string,
): Promise<Float32Array> {
  const maxDurationS = limits.maxDurationMs / 1000;
  let refusal: WhisperError;
  try {
    return await cancellable<Float32Array>(limits.signal, (token) =>
      "path" in source
        ? native().decodeAudioFile(source.path, maxDurationS, token)
        : native().decodeAudioBytes(source.bytes, maxDurationS, token),
    );
  } catch (error) {
    refusal = error as WhisperError;
    if (refusal.code !== "ERR_WHISPER_AUDIO_UNSUPPORTED") throw error;
  }
  if (ffmpeg === false) throw needsFfmpeg(refusal, "the option `ffmpeg` is false");
  throwIfAborted(limits.signal);
  const command = ffmpeg === true ? "ffmpeg" : ffmpeg;
  const executable = await findFfmpeg(command);
  if (executable === undefined) {
    const where = ffmpeg === true ? "on the PATH" : `at ${JSON.stringify(ffmpeg)}`;
    throw needsFfmpeg(refusal, `there is no ffmpeg ${where}, which would be used here: install it`);
  }
  try {
    const ffmpegLimits = { ...limits, idleTimeoutMs: FFMPEG_IDLE_TIMEOUT_MS };
    return await decodeWithFfmpeg(executable, source, ffmpegLimits);
  } catch (error) {
    throw withLook(error as WhisperError, refusal);
  }
}

/** Adds to ffmpeg's "invalid data" what the native decoder thinks the file is: text, a model, ... */
function withLook(error: WhisperError, refusal: WhisperError): WhisperError {
  if (error.code !== "ERR_WHISPER_AUDIO_INVALID") return error;
  const look = refusal.message.replace(/; convert it.*$/s, "");
  return new WhisperAudioError(error.code, `${error.message} (${look})`, { cause: error });
}

/** `refusal` says what the audio looks like, and ends with the advice to convert it. */
function needsFfmpeg(refusal: WhisperError, why: string): WhisperAudioError {
  return new WhisperAudioError(refusal.code, `${refusal.message} (${why})`, {
    cause: refusal,
  });
}

async function fromPcm(pcm: PcmAudio, limits: Limits): Promise<Float32Array> {
  const { samples, sampleRate, channels } = pcm;
  checkPcmLength(samples, sampleRate, channels, limits.maxDurationMs);
  if (types.isFloat32Array(samples) && sampleRate === WHISPER_SAMPLE_RATE && channels === 1) {
    return samples;
  }
  return cancellable<Float32Array>(limits.signal, (token) =>
    types.isFloat32Array(samples)
      ? native().resampleF32(samples, channels, sampleRate, token)
      : native().resampleS16(samples, channels, sampleRate, token),
  );
}

/** Runs one native call under `signal`, and gives its failure this package's error classes. */
async function cancellable<Result>(
  signal: AbortSignal | undefined,
  start: (token: CancelToken | undefined) => Promise<Result>,
): Promise<Result> {
  const token = signal === undefined ? undefined : native().createCancelToken();
  const unlisten = onAbort(signal, () => token?.cancel());
  try {
    return await start(token);
  } catch (error) {
    throw fromNative(error, signal);
  } finally {
    unlisten();
  }
}
