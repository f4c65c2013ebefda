import { reading } from "../option-checks.js";
import type { DiagnoseOptions } from "./diagnose-options.js";
import type { Diagnosis } from "./diagnosis.js";
import { diagnoseSettings } from "./experiment/settings.js";

/**
 * Whether transcription on this machine gets slower, and why: runs randomised blocks of the same clips in states, contexts and
 * processes that are kept and fresh, and judges what could be the cause. Takes minutes to hours, by the model; leave the machine
 * alone meanwhile. Jobs run in child processes, one after the other.
 *
 * Resolves with the diagnosis so far when `signal` aborts. Rejects with what can't be prepared, and with what three jobs in
 * a row have failed with; the journal then holds the blocks that are done.
 *
 * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`; also a journal that is in the way, is of another run, or can't be
 *   written
 * @throws {WhisperAudioError} as `loadAudio()`; `ERR_WHISPER_AUDIO_NOT_FOUND` without any audio in the folders that were given
 * @throws {WhisperModelError} and {WhisperError} as `WhisperContext.create()` and `state.transcribe()`
 * @throws {WhisperEngineError} `ERR_WHISPER_ENGINE_CRASHED`
 */
export async function diagnose(options: DiagnoseOptions = {}): Promise<Diagnosis> {
  const settings = reading("options", options, () => diagnoseSettings(options));
  // A service that imports this package hardly ever comes here.
  const { runHere } = await import("./experiment/run-here.js");
  return runHere(settings);
}
