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
import {
  WhisperAbortError,
  WhisperAudioError,
  WhisperEngineError,
  WhisperError,
} from "../../../lib/errors.js";
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
  /** How long its audio is; 1000 by default. */
  audioMs?: number;
  /** How long that takes to decode. */
  decodeMs?: number;
  /** How long the state stays busy after an abort. */
  stopMs?: number;
  fallbacks?: number;
  /** "engine": dies in the midst of the job, "decoder": while its audio is read. */
  fails?: "audio" | "job" | "state" | "engine" | "decoder" | undefined;
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
  /** How much longer a job takes than its work explains. */
  slowness: (state: FakeState) => number = () => 1;
  memoryFails = false;
  /** Engines that have died. */
  deaths = 0;
  /** Audio that has been asked for. */
  prepared = 0;
  /** Audio of jobs, and of warming up, that hasn't been released. */
  audioHeld = 0;
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

  /** Ends one of the engines as a crash does. */
  kill(pick = 0): void {
    const engines = [...this.engines].filter(({ dead }) => !dead);
    engines[pick % engines.length]?.die();
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

  /** Jobs by the engine that they run, or are read, in. */
  readonly #inside = new Map<FakeEngine, Set<string>>();
  /** Deaths of engines by the jobs that were inside. */
  readonly suffered = new Map<string, number>();
  /** Those of them that the news has come of. */
  readonly #known = new Map<string, number>();
  /** Jobs that were the only one when that happened. */
  readonly sufferedAlone = new Set<string>();

  enter(engine: FakeEngine, job: string): void {
    if (job === "warm-up") return;
    const others = this.inside.filter((other) => other !== job);
    const suspects = [job, ...others].filter((name) => (this.#known.get(name) ?? 0) >= 2);
    this.rule(
      suspects.length === 0 || others.length === 0,
      `${job} begins beside ${others}: ${suspects} must be alone`,
    );
    // Nobody could know that it is dead.
    if (engine.dead) this.#suffer(engine, job, others.length === 0);
    else this.#inside.set(engine, (this.#inside.get(engine) ?? new Set()).add(job));
  }

  leave(engine: FakeEngine, job: string): void {
    this.#inside.get(engine)?.delete(job);
  }

  get inside(): string[] {
    return [...this.#inside.values()].flatMap((jobs) => [...jobs]);
  }

  /** Everybody inside has suffered it. */
  lose(engine: FakeEngine): void {
    this.deaths += 1;
    const alone = this.inside.length === 1;
    for (const job of this.#inside.get(engine) ?? []) this.#suffer(engine, job, alone);
    this.#inside.delete(engine);
  }

  /** Once for each engine. */
  #suffer(engine: FakeEngine, job: string, alone: boolean): void {
    if (engine.victims.has(job)) return;
    engine.victims.add(job);
    this.suffered.set(job, (this.suffered.get(job) ?? 0) + 1);
    if (alone) this.sufferedAlone.add(job);
    engine.died.then(() => this.#known.set(job, (this.#known.get(job) ?? 0) + 1));
  }

  note(what: string): void {
    this.history.push(what);
  }
}

/** Between the end of an engine and the news of it. */
const NEWS_MS = 3;

export class FakeEngine implements Engine {
  readonly id: number;
  readonly host: FakeHost;
  readonly contexts = new Set<FakeContext>();
  /** Jobs that its death has interrupted. */
  readonly victims = new Set<string>();
  readonly died: Promise<WhisperEngineError>;
  dead = false;
  /** Rejects with the news. */
  readonly #end: Promise<never>;
  #told!: (error: WhisperEngineError) => void;

  constructor(host: FakeHost) {
    this.host = host;
    this.id = host.id();
    this.died = new Promise((resolve) => {
      this.#told = resolve;
    });
    this.#end = this.died.then(async (error) => {
      // The news comes before what was asked for ends.
      for (let turn = 0; turn < 10; turn++) await undefined;
      throw error;
    });
    this.#end.catch(() => {});
    host.engines.add(this);
    host.note(`start ${this.id}`);
  }

  get pid(): number {
    return this.id;
  }

  /** As a crash: all that is in it is gone, whatever it does rejects a little later. */
  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.host.lose(this);
    this.host.note(`death of ${this.id}`);
    for (const context of this.contexts) {
      this.host.contexts.delete(context);
      for (const state of context.states) this.host.states.delete(state);
    }
    setTimeout(() => this.#told(new WhisperEngineError("the fake engine died")), NEWS_MS);
  }

  /** Settles like `work`, unless the engine dies. */
  async living<Value>(work: Promise<Value>): Promise<Value> {
    const untilDeath = async () => {
      const value = await work;
      return this.dead ? this.#end : value;
    };
    return Promise.race([untilDeath(), this.#end]);
  }

  async loadContext(signal: AbortSignal): Promise<EngineContext> {
    const { host } = this;
    host.rule(host.engines.has(this), `load in engine ${this.id}, which is closed`);
    await this.living(pause(host.times.loadMs, signal));
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
    this.host.enter(this, work.name);
    if (work.fails === "decoder") this.die();
    await this.living(pause(work.decodeMs ?? 0, signal)).finally(() => {
      this.host.leave(this, work.name);
    });
    if (work.fails === "audio") {
      throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "the fake audio is broken");
    }
    return new FakeAudio(this, work);
  }

  abandon(): void {}

  async close(): Promise<void> {
    this.host.rule(this.host.engines.delete(this), `engine ${this.id} is closed twice`);
    this.host.rule(
      this.contexts.size === 0 || this.dead,
      `engine ${this.id} is closed with contexts in it`,
    );
    this.host.note(`close ${this.id}`);
    await pause(this.host.times.freeMs);
    if (!this.dead) this.#told(new WhisperEngineError("the fake engine was closed"));
  }
}

class FakeAudio implements PreparedAudio {
  readonly engine: FakeEngine;
  readonly work: FakeWork;
  readonly durationMs: number;
  #released = false;

  constructor(engine: FakeEngine, work: FakeWork) {
    this.engine = engine;
    this.work = work;
    this.durationMs = work.audioMs ?? 1000;
    engine.host.audioHeld += 1;
  }

  release(): void {
    this.engine.host.rule(!this.#released, `audio of job ${this.work.name} is released twice`);
    this.#released = true;
    this.engine.host.audioHeld -= 1;
  }
}

export class FakeContext implements EngineContext {
  readonly engine: FakeEngine;
  readonly id: number;
  readonly states = new Set<FakeState>();
  readonly info: ContextInfo;
  #freed = false;

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
    host.rule(!this.#freed, `a state of context ${this.id}, which is freed`);
    await this.engine.living(pause(host.times.stateMs));
    host.rule(!this.#freed, `context ${this.id} was freed while a state was made`);
    if (host.failStates > 0) {
      host.failStates -= 1;
      throw new WhisperError("ERR_WHISPER_OUT_OF_MEMORY", "the fake state doesn't fit");
    }
    host.take(STATE_BYTES, "state");
    return new FakeState(this);
  }

  async memory(): Promise<MemorySample> {
    const { host } = this.engine;
    host.rule(!this.#freed, `memory of context ${this.id}, which is freed`);
    await this.engine.living(Promise.resolve());
    const { rssBytes, availableBytes } = host;
    if (host.memoryFails) throw new Error("nobody knows");
    return { rssBytes, externalBytes: 0, availableBytes, gpu: undefined };
  }

  async free(): Promise<void> {
    const { host, dead } = this.engine;
    host.rule(!this.#freed, `context ${this.id} is freed twice`);
    this.#freed = true;
    host.contexts.delete(this);
    host.rule(this.states.size === 0 || dead, `context ${this.id} is freed with states on it`);
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
  #freed = false;

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
    host.rule(!this.#freed, `job ${work.name} on state ${this.id}, which is freed`);
    host.enter(engine, work.name);
    host.rule(engine === this.context.engine, `audio of job ${work.name} is another engine's`);
    const busy = this.#job;
    host.rule(busy?.signal.aborted ?? true, `job ${work.name} on ${this.id}, which has a job`);
    if (work.name !== "warm-up") host.note(`job ${work.name} on ${this.id}`);
    const before = this.traces;
    this.traces = [...before, work.name];
    const stopped = new AbortController();
    const wallMs = work.ms * host.slowness(this);
    const compute = () => pause(wallMs, stopped.signal).catch(() => pause(work.stopMs ?? 0));
    const done = busy ? busy.done.then(compute) : compute();
    const job = { signal, done };
    this.#job = job;
    done.then(() => {
      if (this.#job === job) this.#job = undefined;
      this.#jobs += 1;
    });
    if (work.fails === "engine") {
      pause(Math.floor(work.ms / 2), stopped.signal).then(
        () => engine.die(),
        () => {},
      );
    }
    let told = 0;
    const tellUpTo = (count: number) => {
      for (; told < count && !signal.aborted && !engine.dead; told++) {
        const text = `${work.name} ${told}`;
        onSegments([{ index: told, text, startMs: 0, endMs: 1000, tokens: [] } as never]);
      }
    };
    // Half of it is heard of before the end.
    pause(work.ms * 0.4, stopped.signal).then(
      () => tellUpTo(1),
      () => {},
    );
    // Rejects at once, while the state is busy until `done`.
    const ended = new Promise<void>((resolve, reject) => {
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
    ended.catch(() => {});
    await this.context.engine.living(ended).finally(() => host.leave(engine, work.name));
    if (work.fails === "job") throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "no");
    if (work.fails === "state") {
      throw new WhisperError("ERR_WHISPER_INFERENCE_FAILED", "the fake state failed");
    }
    onProgress?.(1);
    tellUpTo(2);
    return {
      text: `${work.name} after ${before.length}`,
      segments: [],
      language: "en",
      audioDurationMs: audio.durationMs,
      timing: timingOf(work, wallMs),
    };
  }

  async reset(): Promise<void> {
    const { host } = this.context.engine;
    host.rule(!this.#freed, `reset of state ${this.id}, which is freed`);
    const { engine } = this.context;
    await engine.living(Promise.resolve(this.#job?.done));
    await engine.living(pause(host.times.resetMs));
    if (host.failResets > 0) {
      host.failResets -= 1;
      throw new WhisperError("ERR_WHISPER_OUT_OF_MEMORY", "the fake reset doesn't fit");
    }
    this.traces = [];
  }

  async free(): Promise<void> {
    const { host, dead } = this.context.engine;
    host.rule(!this.#freed, `state ${this.id} is freed twice`);
    this.#freed = true;
    host.states.delete(this);
    host.rule(
      dead || this.#job === undefined || this.#job.signal.aborted,
      `state ${this.id} is freed with a job on it`,
    );
    if (!dead) await this.#job?.done;
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

/** One window, a third of the time in the encoder, and a token for every two ms that the work should take. */
function timingOf({ ms, fallbacks = 0 }: FakeWork, wallMs: number): JobTiming {
  return {
    ...{
      wallMs,
      encodeMs: wallMs / 3,
      detectMs: 0,
      runDelayMs: 0,
      threadsMeasured: 1,
      encoderPasses: 1,
      windows: 1,
    },
    ...{ tokensDecoded: Math.round(ms / 2), fallbackTokens: 0, fallbacks },
  } as JobTiming;
}
