// An engine that computes nothing: jobs are timers. It keeps account of what exists and of every rule that is broken.

import type { AudioInput } from "../../../lib/audio/input.js";
import type {
  Engine,
  EngineContext,
  EngineHost,
  EngineJobOptions,
  EngineState,
  MemorySample,
  PreparedAudio,
  Rung,
} from "../../../lib/engine/engine.js";
import { WhisperAbortError, WhisperAudioError, WhisperError } from "../../../lib/errors.js";
import type {
  ContextInfo,
  JobTiming,
  Segment,
  StateInfo,
  TranscribeResult,
} from "../../../lib/types.js";

/** What the audio of a fake job says about it. Its samples' buffer is only a key to it. */
export interface FakeWork {
  name: string;
  /** How long it runs. */
  ms: number;
  /** How long its audio takes to decode. */
  decodeMs?: number;
  /** How long the state stays busy after an abort. */
  stopMs?: number;
  fallbacks?: number;
  fails?: "audio" | "job" | "state" | undefined;
}

const works = new WeakMap<object, FakeWork>();

export function fakeAudio(work: FakeWork): Float32Array {
  const audio = new Float32Array(16);
  works.set(audio, work);
  return audio;
}

export interface FakeTimes {
  startMs: number;
  loadMs: number;
  stateMs: number;
  resetMs: number;
  freeMs: number;
}

const MiB = 2 ** 20;
export const WEIGHTS_BYTES = 100 * MiB;
export const STATE_BYTES = 50 * MiB;

export class FakeHost implements EngineHost {
  readonly topRung: Rung = "process";
  readonly times: FakeTimes;
  /** Rules that were broken. */
  readonly broken: string[] = [];
  /** Everything that exists. */
  readonly engines = new Set<FakeEngine>();
  readonly contexts = new Set<FakeContext>();
  readonly states = new Set<FakeState>();
  /** Most of them at the same time. */
  mostContexts = 0;
  mostStates = 0;
  /** What was done, in order: "load 2", "job a on 3", ... */
  readonly history: string[] = [];
  /** How many of the next ones fail. */
  failStarts = 0;
  failLoads = 0;
  failStates = 0;
  failResets = 0;
  /** What there is for weights and states; what doesn't fit can't be made. Undefined: enough, and nobody says how much. */
  capacityBytes: number | undefined;
  /** What is said to be available without a capacity. */
  saidBytes: number | undefined = 1024 * MiB;
  rssBytes = 200 * MiB;
  model = "tiny";
  memoryFails = false;
  /** Audio that has been asked for. */
  prepared = 0;
  #ids = 0;

  constructor(times: Partial<FakeTimes> = {}) {
    this.times = { startMs: 30, loadMs: 100, stateMs: 5, resetMs: 1, freeMs: 2, ...times };
  }

  async start(signal: AbortSignal): Promise<Engine> {
    await pause(this.times.startMs, signal);
    if (this.failStarts > 0) {
      this.failStarts -= 1;
      throw new WhisperError("ERR_WHISPER_INTERNAL", "no process to be had");
    }
    return new FakeEngine(this);
  }

  get heldBytes(): number {
    return this.contexts.size * WEIGHTS_BYTES + this.states.size * STATE_BYTES;
  }

  get availableBytes(): number | undefined {
    return this.capacityBytes === undefined
      ? this.saidBytes
      : Math.max(0, this.capacityBytes - this.heldBytes);
  }

  /** Takes memory, or throws. */
  take(bytes: number, what: string): void {
    if (this.heldBytes + bytes > (this.capacityBytes ?? Number.POSITIVE_INFINITY)) {
      throw new WhisperError("ERR_WHISPER_OUT_OF_MEMORY", `the fake ${what} doesn't fit`);
    }
  }

  id(): number {
    this.#ids += 1;
    return this.#ids;
  }

  rule(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  note(what: string): void {
    this.history.push(what);
  }
}

export class FakeEngine implements Engine {
  readonly id: number;
  readonly host: FakeHost;
  readonly contexts = new Set<FakeContext>();

  constructor(host: FakeHost) {
    this.host = host;
    this.id = host.id();
    host.engines.add(this);
    host.note(`start ${this.id}`);
  }

  async loadContext(signal: AbortSignal): Promise<EngineContext> {
    const { host } = this;
    host.rule(host.engines.has(this), `load in engine ${this.id}, which is closed`);
    await pause(host.times.loadMs, signal);
    host.rule(host.engines.has(this), `engine ${this.id} was closed while it loaded`);
    if (host.failLoads > 0) {
      host.failLoads -= 1;
      throw new WhisperError("ERR_WHISPER_OUT_OF_MEMORY", "the fake model doesn't fit");
    }
    host.take(WEIGHTS_BYTES, "model");
    return new FakeContext(this);
  }

  async prepareAudio(audio: AudioInput, { signal }: { signal?: AbortSignal | undefined }) {
    this.host.rule(this.host.engines.has(this), `audio for engine ${this.id}, which is closed`);
    this.host.prepared += 1;
    const work = works.get(audio as object) ?? { name: "warm-up", ms: 20 };
    await pause(work.decodeMs ?? 0, signal);
    if (work.fails === "audio") {
      throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "the fake audio is broken");
    }
    return new FakeAudio(this, work);
  }

  async close(): Promise<void> {
    this.host.rule(this.host.engines.delete(this), `engine ${this.id} is closed twice`);
    this.host.rule(this.contexts.size === 0, `engine ${this.id} is closed with contexts in it`);
    this.host.note(`close ${this.id}`);
    await pause(this.host.times.freeMs);
  }
}

class FakeAudio implements PreparedAudio {
  readonly engine: FakeEngine;
  readonly work: FakeWork;
  readonly durationMs = 1000;

  constructor(engine: FakeEngine, work: FakeWork) {
    this.engine = engine;
    this.work = work;
  }
}

export class FakeContext implements EngineContext {
  readonly engine: FakeEngine;
  readonly id: number;
  readonly states = new Set<FakeState>();
  readonly info: ContextInfo;

  constructor(engine: FakeEngine) {
    this.engine = engine;
    const { host } = engine;
    this.id = host.id();
    this.info = {
      model: { type: host.model },
      device: { gpu: false, name: "CPU" },
      weightsBytes: WEIGHTS_BYTES,
      dtw: false,
    } as ContextInfo;
    engine.contexts.add(this);
    host.contexts.add(this);
    host.mostContexts = Math.max(host.mostContexts, host.contexts.size);
    host.note(`load ${this.id}`);
  }

  async createState(): Promise<EngineState> {
    const { host } = this.engine;
    host.rule(host.contexts.has(this), `a state of context ${this.id}, which is freed`);
    await pause(host.times.stateMs);
    host.rule(host.contexts.has(this), `context ${this.id} was freed while a state was made`);
    if (host.failStates > 0) {
      host.failStates -= 1;
      throw new WhisperError("ERR_WHISPER_OUT_OF_MEMORY", "the fake state doesn't fit");
    }
    host.take(STATE_BYTES, "state");
    return new FakeState(this);
  }

  async memory(): Promise<MemorySample> {
    const { host } = this.engine;
    host.rule(host.contexts.has(this), `memory of context ${this.id}, which is freed`);
    const { rssBytes, availableBytes } = host;
    if (host.memoryFails) throw new Error("nobody knows");
    return { rssBytes, externalBytes: 0, availableBytes, gpu: undefined };
  }

  async free(): Promise<void> {
    const { host } = this.engine;
    host.rule(host.contexts.delete(this), `context ${this.id} is freed twice`);
    host.rule(this.states.size === 0, `context ${this.id} is freed with states on it`);
    host.note(`free context ${this.id}`);
    await pause(host.times.freeMs);
    this.engine.contexts.delete(this);
  }
}

export class FakeState implements EngineState {
  readonly context: FakeContext;
  readonly id: number;
  /** Names of the jobs since it was as new. */
  traces: string[] = [];
  #job: { signal: AbortSignal; done: Promise<void> } | undefined;
  #jobs = 0;

  constructor(context: FakeContext) {
    this.context = context;
    const { host } = context.engine;
    this.id = host.id();
    context.states.add(this);
    host.states.add(this);
    host.mostStates = Math.max(host.mostStates, host.states.size);
  }

  get info(): StateInfo {
    return { bytes: STATE_BYTES, jobs: this.#jobs } as StateInfo;
  }

  async transcribe(
    audio: PreparedAudio,
    { signal, onProgress }: EngineJobOptions,
    onSegments: (segments: readonly Segment[]) => void,
  ): Promise<TranscribeResult> {
    const { host } = this.context.engine;
    const { work, engine } = audio as FakeAudio;
    host.rule(host.states.has(this), `job ${work.name} on state ${this.id}, which is freed`);
    host.rule(engine === this.context.engine, `audio of job ${work.name} is another engine's`);
    const busy = this.#job;
    host.rule(busy?.signal.aborted ?? true, `job ${work.name} on ${this.id}, which has a job`);
    if (work.name !== "warm-up") host.note(`job ${work.name} on ${this.id}`);
    const before = this.traces;
    this.traces = [...before, work.name];
    const stopped = new AbortController();
    const compute = () => pause(work.ms, stopped.signal).catch(() => pause(work.stopMs ?? 0));
    const done = busy ? busy.done.then(compute) : compute();
    const job = { signal, done };
    this.#job = job;
    done.then(() => {
      if (this.#job === job) this.#job = undefined;
      this.#jobs += 1;
    });
    // Rejects at once, while the state is busy until `done`.
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        stopped.abort();
        reject(new WhisperAbortError());
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      done.then(() => {
        signal.removeEventListener("abort", abort);
        resolve();
      });
    });
    if (work.fails === "job") throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "no");
    if (work.fails === "state") {
      throw new WhisperError("ERR_WHISPER_INFERENCE_FAILED", "the fake state failed");
    }
    onProgress?.(1);
    onSegments([{ index: 0, text: work.name, startMs: 0, endMs: 1000, tokens: [] } as never]);
    return {
      text: `${work.name} after ${before.length}`,
      segments: [],
      language: "en",
      audioDurationMs: audio.durationMs,
      timing: { wallMs: work.ms, fallbacks: work.fallbacks ?? 0 } as JobTiming,
    };
  }

  async reset(): Promise<void> {
    const { host } = this.context.engine;
    host.rule(host.states.has(this), `reset of state ${this.id}, which is freed`);
    await this.#job?.done;
    await pause(host.times.resetMs);
    if (host.failResets > 0) {
      host.failResets -= 1;
      throw new WhisperError("ERR_WHISPER_OUT_OF_MEMORY", "the fake reset doesn't fit");
    }
    this.traces = [];
  }

  async free(): Promise<void> {
    const { host } = this.context.engine;
    host.rule(host.states.delete(this), `state ${this.id} is freed twice`);
    host.rule(
      this.#job === undefined || this.#job.signal.aborted,
      `state ${this.id} is freed with a job on it`,
    );
    await this.#job?.done;
    await pause(host.times.freeMs);
    this.context.states.delete(this);
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    if (ms === 0) return resolve();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
