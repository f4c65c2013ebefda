import type {
  ContextInfo,
  CpuVariant,
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
  /** The CPU backend beside the addon in `folder`: the best one for this CPU, or `cpuVariant`. */
  loadBackends(folder: string, cpuVariant?: string): void;
  /** Adds a GPU backend for the rest of this process's life. A broken driver may end the process. */
  loadGpuBackend(path: string): Promise<void>;
  /** Loads a GPU backend and computes on each of its devices, which it returns. Blocks; see gpu-trial.ts. */
  tryGpuBackend(path: string): DeviceInfo[];
  systemInfo(): NativeSystemInfo;
  languages(): string[];
  /** In bytes, of Linux's own accounts; undefined elsewhere. */
  availableMemory(): number | undefined;
  createCancelToken(): CancelToken;
  /**
   * For a process that computes for another one: gives up core dumps, outliving its parent, memory beyond a limit. For
   * good, and for the whole process, so call it on the main thread. With a `parentPid` that isn't the parent (any more),
   * the process ends at once, by SIGKILL (Linux); later it ends so when the thread that started it does.
   * `addressSpaceBytes` counts what is reserved: V8 reserves far more than it uses.
   */
  confineProcess(limits: {
    coreDumps: boolean;
    parentPid?: number;
    addressSpaceBytes?: number;
  }): ProcessConfinement;
  /**
   * Whether warnings and errors of whisper.cpp and ggml are also written to stderr, a line each, by the thread that logs:
   * `onLog` comes later, and never for the last lines before an abort. Lines are cut at 1 KiB. Off until called.
   */
  mirrorLog(enabled: boolean): void;
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

/** What was asked for and is in force; false where it wasn't, where the platform hasn't got it, or refuses. */
export interface ProcessConfinement {
  /** Core dumps are off. */
  coreDumps: boolean;
  parentDeath: boolean;
  addressSpace: boolean;
}

/** Ends a model load or an audio decode. */
export interface CancelToken {
  cancel(): void;
}

export interface NativeSystemInfo {
  whisperVersion: string;
  cpuVariant: string;
  cpuVariants: CpuVariant[];
  cpuFeatures: string[];
  /** GPU backends beside the addon, loaded or not. */
  gpuBackendFiles: GpuBackendFile[];
  /** Of the backends that are loaded. */
  devices: DeviceInfo[];
  /** Only in the test build that lets whisper.cpp have what it can't take (`build-native.mjs --unchecked`). */
  unchecked?: true;
  /** Only in the test build that injects faults (`build-native.mjs --faults`): results' `timing` has `injectedMs` then. */
  faults?: true;
}

export interface GpuBackendFile {
  backend: "cuda" | "metal" | "vulkan";
  path: string;
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
  activity(): NativeActivity;
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

/** What a state's thread does at the moment. A cancelled job counts until native code has come back from it. */
export interface NativeActivity {
  /** The `id` that `run()` gave the job that runs, or that is next; 0: none. */
  job: number;
  /** "mel" is the spectrogram, and makes no ticks; "waiting": not begun. A reset without jobs behind it is "idle". */
  phase: "idle" | "waiting" | "mel" | "running";
  /**
   * Signs of life of this job so far: each graph node on the CPU (not on GPUs), each encoder or decoder pass, each
   * delivery of segments, the beginning of each phase. It only grows. What makes none while it lasts, beside the
   * spectrogram: matching `suppressRegex` (5 s at most), sampling one token, DTW's alignment behind its decoder pass.
   */
  ticks: number;
}

export interface NativeResult {
  language: string;
  languageProb?: number;
  languageProbs?: Record<string, number>;
  audioDurationMs: number;
  timing: Omit<JobTiming, "decodeAudioMs">;
}
