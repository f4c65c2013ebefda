import { abortedBy, onAbort, throwIfAborted } from "../../audio/abort.js";
import type { AudioInput } from "../../audio/input.js";
import type { LoadAudioOptions } from "../../audio/load-options.js";
import type { ContextOptions } from "../../context-options.js";
import { WhisperArgumentError, type WhisperEngineError } from "../../errors.js";
import type { ContextInfo, Segment, StateInfo, TranscribeResult } from "../../types.js";
import type {
  Engine,
  EngineContext,
  EngineHost,
  EngineJobOptions,
  EngineState,
  MemorySample,
  PreparedAudio,
} from "../engine.js";
import { KeptModel } from "../kept-model.js";
import type { NativeLog } from "../thread-engine.js";
import { audioSource, type OutgoingAudio } from "./audio-source.js";
import { CHILD_SCRIPT } from "./child-port.js";
import { type CallListeners, Connection, type PendingCall } from "./connection.js";
import type { BlobRef, RequestName, Requests } from "./protocol.js";
import type { EngineSettings } from "./settings.js";

/** Contexts and states in a child process: what ends that process costs this one nothing but the work under way. */
export class ProcessEngineHost implements EngineHost {
  readonly topRung = "process";
  readonly #model: KeptModel;
  readonly #options: ContextOptions;
  readonly #settings: EngineSettings;
  readonly #onLog: NativeLog | undefined;
  readonly #script: string;

  /** `script`: what the child runs. */
  constructor(
    model: string | URL | Uint8Array | undefined,
    options: ContextOptions,
    settings: EngineSettings,
    onLog?: NativeLog,
    script = CHILD_SCRIPT,
  ) {
    this.#model = new KeptModel(model);
    this.#options = options;
    this.#settings = settings;
    this.#onLog = onLog;
    this.#script = script;
  }

  async start(signal: AbortSignal): Promise<Engine> {
    const source = await this.#model.source();
    throwIfAborted(signal);
    const { env, stallMs, loadTimeoutMs, maxAddressSpaceBytes } = this.#settings;
    const connection = new Connection({
      ...{ env, stallMs, onLog: this.#onLog, script: this.#script },
    });
    try {
      await withinLoadTime(connection, loadTimeoutMs, signal, async () => {
        await connection.ready;
        const [model, sent] = this.#send(connection, source, signal);
        const { answer } = connection.call("start", {
          model,
          options: this.#options,
          log: this.#onLog !== undefined,
          confinement: { parentPid: process.pid, addressSpaceBytes: maxAddressSpaceBytes },
        });
        await Promise.all([answer, sent]);
      });
      return new ProcessEngine(connection, loadTimeoutMs);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** How the child knows the model, and when it has been sent, if it has to be. */
  #send(
    { blobs }: Connection,
    source: string | Uint8Array,
    signal: AbortSignal,
  ): [model: string | BlobRef, sent: Promise<void> | undefined] {
    if (typeof source === "string") return [source, undefined];
    const blob = blobs.next();
    return [{ blob }, blobs.send(blob, source, signal)];
  }
}

class ProcessEngine implements Engine {
  readonly died: Promise<WhisperEngineError>;
  readonly #connection: Connection;
  readonly #loadTimeoutMs: number;

  constructor(connection: Connection, loadTimeoutMs: number) {
    this.#connection = connection;
    this.#loadTimeoutMs = loadTimeoutMs;
    this.died = connection.ended;
  }

  get pid(): number {
    return this.#connection.pid;
  }

  get dead(): boolean {
    return this.#connection.gone;
  }

  async loadContext(signal: AbortSignal): Promise<EngineContext> {
    const connection = this.#connection;
    return withinLoadTime(connection, this.#loadTimeoutMs, signal, async () => {
      const { id, answer } = abortable(connection, "load", {}, signal);
      return new ProcessContext(connection, id, Object.freeze(await answer));
    });
  }

  async prepareAudio(audio: AudioInput, options: LoadAudioOptions): Promise<PreparedAudio> {
    const { signal } = options;
    throwIfAborted(signal);
    const { source, data, rest } = await audioSource(audio, options, this.#connection.blobs);
    throwIfAborted(signal);
    const ask = { source, options: rest };
    const { id, answer } = abortable(this.#connection, "prepare", ask, signal);
    const [{ durationMs }] = await Promise.all([answer, this.#send(source, data, signal)]);
    return new SentAudio(this.#connection, id, durationMs);
  }

  abandon(): void {
    // Whatever hangs in it: it ends, or is ended, in seconds.
    this.#connection.close();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #send(
    source: OutgoingAudio["source"],
    data: OutgoingAudio["data"],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if ("blob" in source && data) await this.#connection.blobs.send(source.blob, data, signal);
  }
}

/** Audio that the child holds, until it is used or given up. */
class SentAudio implements PreparedAudio {
  readonly connection: Connection;
  readonly id: number;
  readonly durationMs: number;
  #released = false;

  constructor(connection: Connection, id: number, durationMs: number) {
    this.connection = connection;
    this.id = id;
    this.durationMs = durationMs;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.connection.tell({ drop: this.id });
  }
}

class ProcessContext implements EngineContext {
  readonly info: ContextInfo;
  readonly #connection: Connection;
  readonly #id: number;

  constructor(connection: Connection, id: number, info: ContextInfo) {
    this.#connection = connection;
    this.#id = id;
    this.info = info;
  }

  async createState(): Promise<EngineState> {
    const { id, answer } = this.#connection.call("createState", { context: this.#id });
    return new ProcessState(this.#connection, id, await answer);
  }

  memory(): Promise<MemorySample> {
    return this.#connection.call("memory", { context: this.#id }).answer;
  }

  free(): Promise<void> {
    return unlessGone(this.#connection, "freeContext", { context: this.#id });
  }
}

class ProcessState implements EngineState {
  readonly #connection: Connection;
  readonly #id: number;
  #info: StateInfo;

  constructor(connection: Connection, id: number, info: StateInfo) {
    this.#connection = connection;
    this.#id = id;
    this.#info = info;
  }

  get info(): StateInfo {
    return this.#info;
  }

  async transcribe(
    audio: PreparedAudio,
    options: EngineJobOptions,
    onSegments: (segments: readonly Segment[]) => void,
  ): Promise<TranscribeResult> {
    if (!(audio instanceof SentAudio) || audio.connection !== this.#connection) {
      throw new WhisperArgumentError("audio", audio, "prepared by this engine");
    }
    const { signal, onProgress, ...params } = options;
    const { watch } = this.#connection;
    const segments: Segment[] = [];
    if (signal.aborted) throw abortedBy(signal, "the job");
    watch.begin(this.#id, audio.durationMs, performance.now());
    const { answer } = abortable(
      this.#connection,
      "transcribe",
      {
        ...{ state: this.#id, audio: audio.id, options: params },
        progress: onProgress !== undefined,
      },
      signal,
      {
        onSegments: (fresh) => {
          if (signal.aborted) return;
          segments.push(...fresh);
          onSegments(fresh);
        },
        ...(onProgress && { onProgress }),
        onAnswer: (end) => {
          watch.end(this.#id);
          if (end) this.#info = end.info;
        },
      },
    );
    const { text, ...rest } = (await answer).result;
    return { text, segments, ...rest }; // in the order of the other isolation, for who prints it
  }

  async reset(): Promise<void> {
    this.#info = await this.#connection.call("reset", { state: this.#id }).answer;
  }

  free(): Promise<void> {
    return unlessGone(this.#connection, "freeState", { state: this.#id });
  }
}

/** With the child, everything in it has been freed. */
async function unlessGone<Name extends "freeState" | "freeContext">(
  connection: Connection,
  name: Name,
  ask: Requests[Name]["ask"],
): Promise<void> {
  try {
    if (!connection.gone) await connection.call(name, ask).answer;
  } catch (error) {
    if (!connection.gone) throw error;
  }
}

interface AbortableListeners<Name extends RequestName> extends CallListeners {
  /** When the child has answered, also if nobody waits for it any more. Undefined: with an error. */
  onAnswer?: (answer: Requests[Name]["answer"] | undefined) => void;
}

/** A request that rejects at once when `signal` aborts, which it hasn't yet; the child ends it as soon as it can. */
function abortable<Name extends RequestName>(
  connection: Connection,
  name: Name,
  ask: Requests[Name]["ask"],
  signal: AbortSignal | undefined,
  { onAnswer, ...listeners }: AbortableListeners<Name> = {},
): PendingCall<Name> {
  const { id, answer } = connection.call(name, ask, listeners);
  const first = new Promise<Requests[Name]["answer"]>((settle, reject) => {
    const unlisten = onAbort(signal, () => {
      connection.tell({ abort: id });
      reject(abortedBy(signal, "the job"));
    });
    answer
      .then(
        (value) => {
          onAnswer?.(value);
          settle(value);
        },
        (error) => {
          onAnswer?.(undefined);
          reject(error);
        },
      )
      .finally(unlisten);
  });
  return { id, answer: first };
}

/** Ends a child that takes too long to start or to load. */
async function withinLoadTime<Value>(
  connection: Connection,
  limitMs: number,
  signal: AbortSignal,
  work: () => Promise<Value>,
): Promise<Value> {
  const tooLong = () => connection.kill(`wasn't ready after ${limitMs} ms (loadTimeoutMs)`);
  const timer = setTimeout(tooLong, limitMs);
  // Also one that has hung itself up.
  const unlisten = onAbort(signal, () => void connection.close());
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? abortedBy(signal, "the start of an engine") : error;
  } finally {
    unlisten();
    clearTimeout(timer);
  }
}
