import {
  WhisperAbortError,
  WhisperArgumentError,
  WhisperAudioError,
  WhisperError,
  type WhisperErrorCode,
  WhisperModelError,
} from "../errors.js";

/** An error of the addon as the class that its code belongs to, with a stack of the call that led to it. */
export function fromNative(error: unknown, signal?: AbortSignal): WhisperError {
  if (error instanceof WhisperError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== "string" || !code.startsWith("ERR_WHISPER_")) {
    return new WhisperError("ERR_WHISPER_INTERNAL", message, { cause: error });
  }
  if (code === "ERR_WHISPER_ABORTED") {
    return new WhisperAbortError(message, signal?.aborted ? { cause: signal.reason } : {});
  }
  if (code === "ERR_WHISPER_INVALID_ARG") return new WhisperArgumentError(message);
  const Class = code.startsWith("ERR_WHISPER_MODEL_")
    ? WhisperModelError
    : code.startsWith("ERR_WHISPER_AUDIO_")
      ? WhisperAudioError
      : WhisperError;
  return new Class(code as WhisperErrorCode, message);
}
