import type {
  ContextInfo,
  DeviceInfo,
  DeviceMemory,
  JobTiming,
  Segment,
  StateInfo,
} from "../types.js";

/**
 * The addon's surface, as native/addon/ defines it. Errors that it throws or rejects with are plain `Error`s with a
 * `code`: see `fromNative`.
 */
export interface NativeAddon {
  loadBackends(folder: string): void;
  systemInfo(): NativeSystemInfo;
  languages(): string[];
  /** In bytes, of Linux's own accounts; undefined elsewhere. */
  availableMemory(): number | undefined;
  createCancelToken(): CancelToken;
  loadContext(
    source: string | Uint8Array,
    options: NativeContextOptions,
    token: CancelToken | undefined,
    onLog: ((level: "debug" | "info" | "warn" | "error", text: string) => void) | undefined,
  ): Promise<NativeContext>;
  /** Walks a whisper model file from its first byte to its last, on a thread of its own. */
  checkModelFile(path: string): Promise<void>;
  /** These four give mono float32 at 16 kHz. */
  decodeAudioFile(path: string, maxDurationS: number, token?: CancelToken): Promise<Float32Array>;
  decodeAudioBytes(
    bytes: Uint8Array,
    maxDurationS: number,
    token?: CancelToken,
  ): Promise<Float32Array>;
  resampleF32(
    samples: Float32Array,
    channels: number,
    sampleRate: number,
    token?: CancelToken,
  ): Promise<Float32Array>;
  resampleS16(
    samples: Int16Array,
    channels: number,
    sampleRate: number,
    token?: CancelToken,
  ): Promise<Float32Array>;
}

/** Ends a model load or an audio decode. */
export interface CancelToken {
  cancel(): void;
}

export interface NativeSystemInfo {
  whisperVersion: string;
  cpuFeatures: string[];
  devices: DeviceInfo[];
}

export interface NativeContextOptions {
  backend: string;
  device: number;
  flashAttention: boolean;
  allowWeightless?: boolean;
  dtwPreset?: string;
  dtwTopLayers?: number;
  /** layer, head, layer, head, ... */
  dtwHeads?: number[];
}

export interface NativeContext {
  info(): Omit<ContextInfo, "whisperVersion" | "cpuFeatures">;
  createState(): Promise<NativeState>;
  /** Undefined on the CPU. Throws after `free()`. */
  deviceMemory(): Promise<DeviceMemory | undefined>;
  /** Frees the states too. Resolves once the memory is back. */
  free(): Promise<void>;
}

export interface NativeState {
  info(): StateInfo;
  run(
    kind: "transcribe" | "detect",
    samples: Float32Array,
    params: object,
    /** Gets every segment, once; the result has none. */
    onSegments?: (segments: Segment[]) => void,
    onProgress?: (percent: number) => void,
  ): { id: number; promise: Promise<NativeResult> };
  /** No effect once the job has ended. */
  cancel(id: number): void;
  reset(): Promise<void>;
  free(): Promise<void>;
}

export interface NativeResult {
  language: string;
  languageProb?: number;
  languageProbs?: Record<string, number>;
  audioDurationMs: number;
  timing: Omit<JobTiming, "decodeAudioMs">;
}
