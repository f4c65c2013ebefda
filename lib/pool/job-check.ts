import { checkSignal } from "../audio/abort.js";
import { type AudioInput, prepareInput } from "../audio/input.js";
import { checkLoadOptions } from "../audio/load-options.js";
import { attachedView } from "../audio/validate.js";
import { decodingParams } from "../options.js";
import type { JobOptions } from "./options.js";
import { type JobRequest, jobSettings } from "./settings.js";

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
  const params = decodingParams(settings.transcribe);
  checkLoadOptions({ maxDurationMs, maxBytes, ffmpeg });
  // The audio is prepared in its turn: shared memory, for example, is copied then.
  const prepared = prepareInput(audio, { sampleRate, channels }, attachedView);
  const stream = prepared.kind === "stream" ? prepared.stream : undefined;
  return { audio, params, settings, stream };
}
