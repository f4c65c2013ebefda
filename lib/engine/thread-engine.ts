import { loadAudio } from "../audio/decode.js";
import type { AudioInput } from "../audio/input.js";
import type { LoadAudioOptions } from "../audio/load-options.js";
import { WHISPER_SAMPLE_RATE } from "../audio/validate.js";
import { WhisperContext } from "../context.js";
import type { ContextOptions } from "../context-options.js";
import { WhisperArgumentError, type WhisperEngineError } from "../errors.js";
import type { NativeActivity } from "../native/binding.js";
import type { WhisperState } from "../state.js";
import { availableMemory } from "../system.js";
import type { LogEntry, Segment, StateInfo, TranscribeResult } from "../types.js";
import type {
  Engine,
  EngineContext,
  EngineHost,
  EngineJobOptions,
  EngineState,
  MemorySample,
  PreparedAudio,
} from "./engine.js";
import { KeptModel } from "./kept-model.js";

type LoadContext = (signal: AbortSignal) => Promise<WhisperContext>;

/** Gets whisper.cpp's log lines. `loading`: of a load, not of a context that has been loaded, or of its states. */
export type NativeLog = (entry: LogEntry, loading: boolean) => void;

/** Contexts and states in this process: each state has a thread of its own, and a crash is everybody's. */
export class ThreadEngineHost implements EngineHost {
  readonly topRung = "context";
  readonly #model: KeptModel;
  readonly #options: ContextOptions;
  readonly #onLog: NativeLog | undefined;

  constructor(
    model: string | URL | Uint8Array | undefined,
    options: ContextOptions,
    onLog?: NativeLog,
  ) {
    this.#onLog = onLog;
    this.#model = new KeptModel(model);
    this.#options = options;
  }

  async start(): Promise<Engine> {
    const source = await this.#model.source();
    return new ThreadEngine(async (signal) => {
      let loading = true;
      const onLog = this.#onLog && ((entry: LogEntry) => this.#onLog?.(entry, loading));
      try {
        return await WhisperContext.create(source, { ...this.#options, onLog, signal });
      } finally {
        loading = false;
      }
    });
  }
}

class ThreadEngine implements Engine {
  readonly pid = process.pid;
  readonly dead = false;
  /** Nobody would be left to hear it. */
  readonly died = new Promise<WhisperEngineError>(() => {});
  readonly #load: LoadContext;

  constructor(load: LoadContext) {
    this.#load = load;
  }

  async loadContext(signal: AbortSignal): Promise<EngineContext> {
    return new ThreadContext(await this.#load(signal));
  }

  async prepareAudio(audio: AudioInput, options: LoadAudioOptions): Promise<PreparedAudio> {
    return new Samples(await loadAudio(audio, options));
  }

  abandon(): void {
    // This process goes on.
  }

  async close(): Promise<void> {
    // It is this process.
  }
}

class Samples implements PreparedAudio {
  readonly samples: Float32Array;

  constructor(samples: Float32Array) {
    this.samples = samples;
  }

  get durationMs(): number {
    return (this.samples.length / WHISPER_SAMPLE_RATE) * 1000;
  }

  release(): void {
    // The garbage collector takes it.
  }
}

export class ThreadContext implements EngineContext {
  readonly #context: WhisperContext;

  constructor(context: WhisperContext) {
    this.#context = context;
  }

  get info() {
    return this.#context.info;
  }

  async createState(): Promise<EngineState> {
    return new ThreadState(await this.#context.createState());
  }

  async memory(): Promise<MemorySample> {
    const { rss, external } = process.memoryUsage();
    const availableBytes = availableMemory();
    const { gpu } = this.info.device;
    return {
      rssBytes: rss,
      externalBytes: external,
      availableBytes,
      gpu: gpu ? await this.#context.deviceMemory() : undefined,
    };
  }

  free(): Promise<void> {
    return this.#context.free();
  }
}

export class ThreadState implements EngineState {
  readonly #state: WhisperState;

  constructor(state: WhisperState) {
    this.#state = state;
  }

  get info(): StateInfo {
    return this.#state.info;
  }

  transcribe(
    audio: PreparedAudio,
    options: EngineJobOptions,
    onSegments: (segments: readonly Segment[]) => void,
  ): Promise<TranscribeResult> {
    if (!(audio instanceof Samples)) {
      throw new WhisperArgumentError("audio", audio, "prepared by this engine");
    }
    return this.#state.transcribeTo(audio.samples, options, onSegments);
  }

  reset(): Promise<void> {
    return this.#state.reset();
  }

  /** What it does right now. */
  activity(): NativeActivity {
    return this.#state.activity();
  }

  free(): Promise<void> {
    return this.#state.free();
  }
}
