// Processes, contexts and states that compute nothing: a job's times are worked out, and nothing is waited for. They keep
// account of what exists, and of rules that are broken.

import type {
  Engine,
  EngineContext,
  EngineHost,
  EngineJobOptions,
  EngineState,
  MemorySample,
  PreparedAudio,
} from "../../../lib/engine/engine.js";
import { WhisperEngineError, WhisperError } from "../../../lib/errors.js";
import type {
  ContextInfo,
  DeviceInfo,
  JobTiming,
  Segment,
  StateInfo,
  TranscribeResult,
} from "../../../lib/types.js";

const MiB = 2 ** 20;
/** A segment for each so many ms of audio, and five tokens in each. */
const SEGMENT_MS = 4000;
const TOKENS = 5;
const WINDOW_MS = 30_000;

/** A job: what it runs in, by numbers, and how many jobs that has had before. */
export interface FakeJob {
  readonly process: number;
  readonly context: number;
  readonly state: number;
  readonly jobsOfProcess: number;
  readonly jobsOfState: number;
  readonly options: EngineJobOptions;
  readonly audioMs: number;
}

/** What a job comes to: its process's death, an error, or how much longer than its work it takes. */
export type Course = "death" | WhisperError | number;

const CPU: DeviceInfo = {
  ...{ backend: "cpu", device: 0, name: "CPU", description: "a fake", gpu: false },
};

export class FakeHost implements EngineHost {
  readonly topRung = "process";
  readonly device: DeviceInfo;
  /** Decides on each job. */
  course: (job: FakeJob) => Course = () => 1;
  /** All jobs, warm-ups included. */
  readonly jobs: FakeJob[] = [];
  readonly broken: string[] = [];
  /** What exists now. */
  processes = 0;
  contexts = 0;
  states = 0;
  audio = 0;
  failStarts = false;
  #ids = 0;

  constructor(device: DeviceInfo = CPU) {
    this.device = device;
  }

  async start(): Promise<Engine> {
    if (this.failStarts) throw new WhisperEngineError("no process to be had");
    this.processes += 1;
    return new FakeEngine(this);
  }

  id(): number {
    this.#ids += 1;
    return this.#ids;
  }

  rule(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }
}

class FakeEngine implements Engine {
  readonly host: FakeHost;
  readonly pid: number;
  readonly died = new Promise<WhisperEngineError>(() => {});
  dead = false;
  jobs = 0;
  contexts = 0;

  constructor(host: FakeHost) {
    this.host = host;
    this.pid = host.id();
  }

  async loadContext(): Promise<EngineContext> {
    this.contexts += 1;
    this.host.contexts += 1;
    return new FakeContext(this);
  }

  async prepareAudio(audio: unknown): Promise<PreparedAudio> {
    const { host } = this;
    host.audio += 1;
    return {
      durationMs: (audio as Float32Array).length / 16,
      release: () => {
        host.audio -= 1;
      },
    };
  }

  abandon(): void {}

  async close(): Promise<void> {
    this.host.rule(this.dead || this.contexts === 0, "a process is closed with contexts in it");
    this.host.processes -= 1;
  }
}

class FakeContext implements EngineContext {
  readonly engine: FakeEngine;
  readonly id: number;
  readonly info: ContextInfo;
  states = 0;
  #freed = false;

  constructor(engine: FakeEngine) {
    this.engine = engine;
    this.id = engine.host.id();
    this.info = {
      ...{ device: engine.host.device, dtw: false, model: { textContext: 448 } },
    } as unknown as ContextInfo;
  }

  async createState(): Promise<EngineState> {
    this.engine.host.rule(!this.#freed, "a state of a context that was freed");
    this.states += 1;
    this.engine.host.states += 1;
    return new FakeState(this);
  }

  /** 100 MiB, 10 for each context, and one that each job leaves behind. */
  async memory(): Promise<MemorySample> {
    const { host, jobs, dead, contexts } = this.engine;
    host.rule(!this.#freed, "memory of a context that was freed");
    if (dead) throw new WhisperEngineError("the fake died");
    return {
      rssBytes: (100 + contexts * 10 + jobs) * MiB,
      ...{ externalBytes: 0, availableBytes: undefined },
      gpu: host.device.gpu ? { freeBytes: 60 * MiB, totalBytes: 100 * MiB } : undefined,
    };
  }

  async free(): Promise<void> {
    const { host, dead } = this.engine;
    host.rule(dead || this.states === 0, "a context is freed with states on it");
    host.rule(!this.#freed, "a context is freed twice");
    this.#freed = true;
    this.engine.contexts -= 1;
    host.contexts -= 1;
  }
}

class FakeState implements EngineState {
  readonly info = {} as StateInfo;
  readonly context: FakeContext;
  readonly id: number;
  #jobs = 0;
  #freed = false;

  constructor(context: FakeContext) {
    this.context = context;
    this.id = context.engine.host.id();
  }

  async transcribe(
    audio: PreparedAudio,
    options: EngineJobOptions,
    onSegments: (segments: readonly Segment[]) => void,
  ): Promise<TranscribeResult> {
    const { engine } = this.context;
    const { host } = engine;
    host.rule(!this.#freed, "a job on a state that was freed");
    const job: FakeJob = {
      ...{ process: engine.pid, context: this.context.id, state: this.id },
      ...{ jobsOfProcess: engine.jobs++, jobsOfState: this.#jobs++ },
      ...{ options, audioMs: audio.durationMs },
    };
    host.jobs.push(job);
    await undefined;
    const course = engine.dead ? "death" : host.course(job);
    if (course === "death") {
      engine.dead = true;
      throw new WhisperEngineError("the fake died");
    }
    if (course instanceof WhisperError) throw course;
    const segments = segmentsOf(audio.durationMs);
    onSegments(segments);
    return {
      ...{ text: "", language: "en", segments, audioDurationMs: audio.durationMs },
      timing: timingOf(audio.durationMs, segments.length, course),
    };
  }

  async reset(): Promise<void> {
    this.#jobs = 0;
  }

  async free(): Promise<void> {
    const { context } = this;
    context.engine.host.rule(!this.#freed, "a state is freed twice");
    this.#freed = true;
    context.states -= 1;
    context.engine.host.states -= 1;
  }
}

function segmentsOf(durationMs: number): Segment[] {
  return Array.from({ length: Math.floor(durationMs / SEGMENT_MS) }, (_, index) => ({
    ...{ index, startMs: index * SEGMENT_MS, endMs: (index + 0.8) * SEGMENT_MS, text: " word" },
    ...{ tokens: [], speakerTurnNext: false },
  }));
}

/** 20 ms for each window and 2 for each token, times `factor`. */
function timingOf(durationMs: number, segments: number, factor: number): JobTiming {
  const windows = Math.max(1, Math.ceil(durationMs / WINDOW_MS));
  const tokens = segments * TOKENS;
  const wallMs = (20 * windows + 2 * tokens) * factor;
  return {
    ...{ wallMs, encodeMs: 20 * windows * factor, detectMs: 0, cpuMs: wallMs, runDelayMs: 0 },
    ...{ threadsMeasured: 1, windows, encoderPasses: windows, tokensDecoded: tokens },
    ...{ promptTokens: 3 * windows, fallbacks: 0, fallbackTokens: 0 },
  } as unknown as JobTiming;
}
