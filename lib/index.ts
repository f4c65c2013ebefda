export type { LoadAudioOptions } from "./audio/decode.js";
export { loadAudio } from "./audio/decode.js";
export type { AudioInput, ByteStream, PcmAudio, PcmDescription } from "./audio/input.js";
export { WhisperContext } from "./context.js";
export type { ContextOptions, DtwOptions } from "./context-options.js";
export {
  WhisperAbortError,
  WhisperArgumentError,
  WhisperAudioError,
  WhisperError,
  type WhisperErrorCode,
  WhisperModelError,
} from "./errors.js";
export * from "./format/index.js";
export * from "./models/index.js";
export type { DecodingOptions, DetectLanguageOptions, TranscribeOptions } from "./options.js";
export { WhisperState } from "./state.js";
export { languages, type SystemInfo, systemInfo } from "./system.js";
export { Transcription } from "./transcription.js";
export type {
  ContextInfo,
  DeviceInfo,
  JobTiming,
  LanguageResult,
  LogEntry,
  ModelFacts,
  Segment,
  StateInfo,
  TranscribeResult,
  TranscriptToken,
} from "./types.js";
