import type { AudioInput } from "../audio/input.js";
import type { LoadAudioOptions } from "../audio/load-options.js";
import type { WhisperEngineError } from "../errors.js";
import type { DecodingOptions } from "../options.js";
import type { ContextInfo, DeviceMemory, Segment, StateInfo, TranscribeResult } from "../types.js";
import type { Rung } from "./rungs.js";

// What a pool computes on. An engine is the process that hosts contexts (two during a recycle) and their states: this
// process (thread-engine.ts), or a child. The pool knows nothing else of it, and its tests run on one that computes nothing.

/** Where the engine lives: on threads of this process, or in a process of its own. */
export type Isolation = "thread" | "process";

export type { Rung };

/** Starts engines. */
export interface EngineHost {
  /** The highest rung that can be replaced: this process itself can't. */
  readonly topRung: Rung;
  start(signal: AbortSignal): Promise<Engine>;
}

export interface Engine {
  /** Of the process that it is. */
  readonly pid: number;
  /** Whether that process has ended, or is about to: nothing in it can be used any more. */
  readonly dead: boolean;
  /**
   * Resolves with how it ended, if it did: before what it was asked for rejects with the same. Never rejects. Also resolves
   * after `close()`.
   */
  readonly died: Promise<WhisperEngineError>;
  /** Loads the model. Ends with `ERR_WHISPER_ABORTED` when `signal` aborts. */
  loadContext(signal: AbortSignal): Promise<EngineContext>;
  /** Reads and decodes audio, independent of any state. */
  prepareAudio(audio: AudioInput, options: LoadAudioOptions): Promise<PreparedAudio>;
  /** Nothing in it is needed any more: what is under way may end at once, where that costs nobody else anything. */
  abandon(): void;
  /** Its contexts have been freed before, unless it was abandoned. */
  close(): Promise<void>;
}

export interface EngineContext {
  readonly info: ContextInfo;
  createState(): Promise<EngineState>;
  /** Of the engine's process and this context's device. The process's figures are those of the moment of the call. */
  memory(): Promise<MemorySample>;
  /** Its states have been freed before. */
  free(): Promise<void>;
}

export interface EngineState {
  readonly info: StateInfo;
  /**
   * Runs a job, once an aborted one that it is still busy with has ended. Segments are delivered before the promise settles;
   * it rejects at once when `signal` aborts.
   */
  transcribe(
    audio: PreparedAudio,
    options: EngineJobOptions,
    onSegments: (segments: readonly Segment[]) => void,
  ): Promise<TranscribeResult>;
  /** Makes it as new, once what it does has ended. */
  reset(): Promise<void>;
  free(): Promise<void>;
}

/** Audio that is ready for the engine that prepared it. */
export interface PreparedAudio {
  /** In ms. */
  readonly durationMs: number;
  /** It isn't needed any more. */
  release(): void;
}

export interface EngineJobOptions extends DecodingOptions {
  signal: AbortSignal;
  onProgress?: ((fraction: number) => void) | undefined;
}

/** Memory of an engine's process and device, in bytes. */
export interface MemorySample {
  /** Resident set size of the process that hosts the engine. */
  readonly rssBytes: number;
  /** Memory outside V8's heap that JavaScript objects hold: buffers, samples. */
  readonly externalBytes: number;
  /** What the process can still take: free or easily freed, within the container's limit. Undefined where unknown. */
  readonly availableBytes: number | undefined;
  /** The GPU's; undefined on a CPU. */
  readonly gpu: DeviceMemory | undefined;
}
