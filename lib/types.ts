/** One token of a segment. */
export interface TranscriptToken {
  /** Id in the model's vocabulary. Ids from the end-of-text token on are special: timestamps, task markers. */
  readonly id: number;
  /** Its text. A token may hold part of a UTF-8 sequence, shown as U+FFFD; a segment's text is always whole. */
  readonly text: string;
  /** Probability, 0 to 1. */
  readonly p: number;
  /** Start in ms of the audio; only with `tokenTimestamps`. */
  readonly startMs?: number;
  /** End in ms of the audio; only with `tokenTimestamps`. */
  readonly endMs?: number;
  /** The moment in ms at which the token was spoken, by dynamic time warping; only on a context with `dtw`. */
  readonly dtwMs?: number;
}

/** A stretch of text with its times. */
export interface Segment {
  /** Position in the result, from 0. */
  readonly index: number;
  /** Start in ms of the audio, in steps of 10 ms. */
  readonly startMs: number;
  /** End in ms of the audio. The last segment of a window may reach to the window's end, past the audio's. */
  readonly endMs: number;
  /** Its text, with the leading space that whisper models write. */
  readonly text: string;
  readonly tokens: readonly TranscriptToken[];
  /**
   * Probability that the segment's 30 s window holds no speech, 0 to 1: the softmax of `<|nospeech|>` at the
   * start-of-transcript position, as in openai/whisper's decoding.py. (whisper.cpp's own value is read from the wrong
   * row and isn't reported here.)
   */
  readonly noSpeechProb?: number;
  /** A change of speaker follows; only with `tinydiarize` and a tinydiarize model. */
  readonly speakerTurnNext: boolean;
}

/**
 * Where a job's time went, and how much work it contained. Everything is this job's alone, whatever the state did
 * before. Times are wall-clock ms unless said otherwise; phases don't overlap.
 */
export interface JobTiming {
  /**
   * Reading, decoding and resampling the audio, which happens while the request before it runs; 0 for a `Float32Array`
   * that is mono at 16 kHz.
   */
  readonly decodeAudioMs: number;
  /** Waiting for earlier requests on the same state, before and after the audio was decoded. */
  readonly waitMs: number;
  /** The whole job on the state's thread, without waiting and audio decoding. */
  readonly wallMs: number;
  /** Log-mel spectrogram. */
  readonly melMs: number;
  /** Language detection: one encoder pass and one decoder pass. 0 when the language was given. */
  readonly detectMs: number;
  /** Encoder passes over the windows. */
  readonly encodeMs: number;
  /** Decoder passes over prompts (previous text, start of transcript, task). */
  readonly promptMs: number;
  /** Decoder passes over new tokens. */
  readonly decodeMs: number;
  /** Choosing tokens: filters, sampling, beam search. */
  readonly sampleMs: number;
  /** The decoder's passes over finished windows for DTW token times; 0 without `dtw`. */
  readonly alignMs: number;
  /**
   * CPU time in ms of the state's thread and its OpenMP team (spinning included), without the short-lived helper
   * threads of mel and of sampling with several decoders.
   */
  readonly cpuMs: number;
  /**
   * Time in ms that those threads were ready to run but waited for a CPU (Linux: /proc/.../schedstat), added up over
   * them. Undefined where the platform doesn't tell.
   */
  readonly runDelayMs?: number;
  /** How many threads `cpuMs` and `runDelayMs` add up. */
  readonly threadsMeasured: number;
  /** 30 s windows that were encoded. */
  readonly windows: number;
  /** Encoder passes: windows, and one more when the language was detected. */
  readonly encoderPasses: number;
  /** Tokens that the decoder evaluated after prompts, over all attempts and decoders. */
  readonly tokensDecoded: number;
  /** Tokens in prompts, over all attempts. */
  readonly promptTokens: number;
  /** Attempts at a higher temperature, beyond the first of each window. */
  readonly fallbacks: number;
  /** Part of `tokensDecoded` that was spent on attempts that were thrown away. */
  readonly fallbackTokens: number;
}

/** What a transcription resolves with. */
export interface TranscribeResult {
  /** The segments' texts, joined and trimmed. */
  readonly text: string;
  /** Language code: the given one, or the detected one. Empty if detection was asked for on less than 102.5 ms of audio. */
  readonly language: string;
  /** Probability of the detected language, 0 to 1; only with `language: "auto"`. */
  readonly languageProb?: number;
  /** Probability of each language, by code; only with `language: "auto"`. */
  readonly languageProbs?: Readonly<Record<string, number>>;
  readonly segments: readonly Segment[];
  /** Length of the audio in ms. */
  readonly audioDurationMs: number;
  readonly timing: JobTiming;
}

/** What `detectLanguage()` resolves with. */
export interface LanguageResult {
  readonly language: string;
  /** Probability, 0 to 1. */
  readonly languageProb: number;
  /** Probability of each language, by code. */
  readonly languageProbs: Readonly<Record<string, number>>;
  readonly audioDurationMs: number;
  readonly timing: JobTiming;
}

/** A compute device. */
export interface DeviceInfo {
  /** "cpu", "cuda", "metal", "vulkan". */
  readonly backend: string;
  /** Index among the devices of its backend. */
  readonly device: number;
  /** ggml's name: "CPU", "CUDA0". */
  readonly name: string;
  readonly description: string;
  readonly gpu: boolean;
}

/** A build of the CPU backend that lies beside the addon. */
export interface CpuVariant {
  /** ggml's name: "x64", "haswell", "zen4", "armv8.2_1"; "native" where there is one, compiled for its machine's CPU. */
  readonly name: string;
  /** Whether this CPU has all the instructions that it uses. */
  readonly supported: boolean;
}

/** A GPU backend that lies beside the addon. */
export interface GpuBackend {
  readonly backend: "cuda" | "metal" | "vulkan";
  /** Its file. */
  readonly path: string;
  /** Whether it computed right on each of its devices, in a process of its own. */
  readonly usable: boolean;
  /** Why it isn't: one sentence. */
  readonly reason?: string;
  /** What to do about that: one sentence. */
  readonly remedy?: string;
}

/** Memory of a GPU, as its driver tells it: of the whole device, so what other processes use isn't free. */
export interface DeviceMemory {
  /** Bytes that can still be allocated. */
  readonly freeBytes: number;
  /** Bytes that the device has. */
  readonly totalBytes: number;
}

/** What a model file says about itself. */
export interface ModelFacts {
  /** "tiny" to "large" by whisper's dimensions, "micro" for the embedded model, else "custom". */
  readonly type: string;
  readonly multilingual: boolean;
  /** Header and vocabulary only, as whisper.cpp's own test models are; see `allowWeightless`. */
  readonly weightless: boolean;
  /** Type of most weights: "f16", "q5_0", ... */
  readonly quantization: string;
  readonly fileBytes: number;
  /** Bytes of all tensors in the file. */
  readonly weightsBytes: number;
  readonly vocabulary: number;
  readonly mels: number;
  readonly audioContext: number;
  readonly audioState: number;
  readonly audioHeads: number;
  readonly audioLayers: number;
  readonly textContext: number;
  readonly textState: number;
  readonly textHeads: number;
  readonly textLayers: number;
}

export interface ContextInfo {
  readonly model: ModelFacts;
  /** The device that is really used. */
  readonly device: DeviceInfo;
  readonly flashAttention: boolean;
  /** Whether tokens get `dtwMs`. */
  readonly dtw: boolean;
  /** Bytes of the device buffers that hold the weights. */
  readonly weightsBytes: number;
  /** Validation and loading, in ms. */
  readonly loadMs: number;
  /** Version of the embedded whisper.cpp. */
  readonly whisperVersion: string;
  /** CPU instruction sets and features that the CPU backend uses, by ggml's names. */
  readonly cpuFeatures: readonly string[];
  /** GPU backends that were looked at, with the reason for each that isn't usable; none with `backend: "cpu"`. */
  readonly gpuBackends: readonly GpuBackend[];
}

export interface StateInfo {
  /** All memory of the state, in bytes: the three below. On a CPU much of it is reserved but never touched. */
  readonly bytes: number;
  /** Key-value caches, on the device. */
  readonly kvCacheBytes: number;
  /** Compute buffers, on the device. */
  readonly computeBytes: number;
  /** Vectors on the host: mel, logits, decoders. */
  readonly hostBytes: number;
  /** How long the creation took, in ms. */
  readonly createMs: number;
  /** How long the last reset took, in ms; 0 before the first. */
  readonly resetMs: number;
  readonly resets: number;
  /** Jobs that have ended, whatever way. */
  readonly jobs: number;
}

/** A log line of whisper.cpp or ggml. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}
