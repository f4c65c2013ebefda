export type { LoadAudioOptions } from "./audio/decode.js";
export { loadAudio } from "./audio/decode.js";
export type { AudioInput, ByteStream, PcmAudio, PcmDescription } from "./audio/input.js";
export { WhisperContext } from "./context.js";
export type { ContextOptions, DtwOptions } from "./context-options.js";
export * from "./diagnose/index.js";
export type { Isolation, MemorySample, Rung } from "./engine/engine.js";
export type { EngineOptions } from "./engine/process/settings.js";
export {
  WhisperAbortError,
  WhisperArgumentError,
  WhisperAudioError,
  WhisperEngineError,
  WhisperError,
  type WhisperErrorCode,
  WhisperModelError,
  WhisperPoolError,
} from "./errors.js";
export * from "./format/index.js";
export type {
  Evidence,
  HealthMemory,
  HealthOptions,
  HealthReport,
  HistoryEntry,
  ModelReport,
  ResetCause,
  Tally,
  UnitReport,
  UnitState,
} from "./health/index.js";
export { type HealthParameters, PARAMETERS as healthParameters } from "./health/index.js";
export * from "./models/index.js";
export type { DecodingOptions, DetectLanguageOptions, TranscribeOptions } from "./options.js";
export * from "./pool/index.js";
export { WhisperState } from "./state.js";
export { availableMemory, languages, type SystemInfo, systemInfo } from "./system.js";
export type { JobTrace } from "./telemetry/job-channel.js";
export type { Logger } from "./telemetry/logger.js";
export { Transcription } from "./transcription.js";
export type {
  ContextInfo,
  CpuVariant,
  DeviceInfo,
  DeviceMemory,
  GpuBackend,
  JobTiming,
  LanguageResult,
  LogEntry,
  ModelFacts,
  Segment,
  StateInfo,
  TranscribeResult,
  TranscriptToken,
} from "./types.js";
