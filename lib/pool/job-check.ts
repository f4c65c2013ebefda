import { checkSignal } from "../audio/abort.js";
import { type AudioInput, prepareInput } from "../audio/input.js";
import { checkLoadOptions } from "../audio/load-options.js";
import { decodingParams } from "../options.js";
import { type JobOptions, type JobRequest, jobSettings } from "./options.js";

/**
 * Everything about a job that can be checked without reading its audio, so that a wrong one doesn't wait for its turn.
 *
 * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
 * @throws {WhisperAudioError} `ERR_WHISPER_AUDIO_INVALID` for 0 bytes
 */
export function checkJob(audio: AudioInput, options: JobOptions): JobRequest {
  const settings = jobSettings(options);
  const { signal, maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } = settings.transcribe;
  checkSignal(signal);
  decodingParams(settings.transcribe);
  checkLoadOptions({ maxDurationMs, maxBytes, ffmpeg });
  prepareInput(audio, { sampleRate, channels });
  return { audio, settings };
}
