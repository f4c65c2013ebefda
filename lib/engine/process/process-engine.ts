import { resolve } from "node:path";
import { types } from "node:util";
import { abortedBy, onAbort, throwIfAborted } from "../../audio/abort.js";
import type { AudioInput } from "../../audio/input.js";
import type { LoadAudioOptions } from "../../audio/load-options.js";
import type { ContextOptions } from "../../context-options.js";
import { WhisperArgumentError, type WhisperEngineError } from "../../errors.js";
import { modelSourcePath } from "../../model-source.js";
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
import type { NativeLog } from "../thread-engine.js";
import { audioSource, type OutgoingAudio } from "./audio-source.js";
import { CHILD_SCRIPT } from "./child-port.js";
import { type CallListeners, Connection } from "./connection.js";
import type { RequestName, Requests } from "./protocol.js";
import type { EngineSettings } from "./settings.js";

/** Contexts and states in a child process: what ends that process costs this one nothing but the work under way. */
export class ProcessEngineHost implements EngineHost {
  readonly topRung = "process";
  readonly #model: string | URL | Uint8Array | undefined;
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
    // What the caller does to its bytes later must not matter to a later load.
    this.#model = types.isUint8Array(model) ? Uint8Array.from(model) : model;
    this.#options = options;
    this.#settings = settings;
    this.#onLog = onLog;
    this.#script = script;
  }

  async start(signal: AbortSignal): Promise<Engine> {
    const model = this.#model;
    const source = types.isUint8Array(model) ? model : resolve(await modelSourcePath(model));
    throwIfAborted(signal);
    const { env, stallMs, loadTimeoutMs, maxAddressSpaceBytes } = this.#settings;
    const connection = new Connection({
      ...{ env, stallMs, onLog: this.#onLog, script: this.#script },
    });
    try {
      await withinLoadTime(connection, loadTimeoutMs, signal, async () => {
        await connection.ready;
        const blob = types.isUint8Array(source) ? connection.blobs.next() : undefined;
        const started = connection.call("start", {
          model: blob === undefined ? (source as string) : { blob },
          options: this.#options,
          log: this.#onLog !== undefined,
          confinement: { parentPid: process.pid, addressSpaceBytes: maxAddressSpaceBytes },
        });
        const sent =
          blob === undefined
            ? undefined
            : connection.blobs.send(blob, source as Uint8Array, signal);
        await Promise.all([started, sent]);
      });
      return new ProcessEngine(connection, loadTimeoutMs);
    } catch (error) {
      await connection.close();
      throw error;
    }
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
    let id = 0;
    const info = await withinLoadTime(connection, this.#loadTimeoutMs, signal, () =>
      abortable(connection, "load", {}, signal, {
        onId: (given) => {
          id = given;
        },
      }),
    );
    return new ProcessContext(connection, id, Object.freeze(info));
  }

  async prepareAudio(audio: AudioInput, options: LoadAudioOptions): Promise<PreparedAudio> {
    const { signal } = options;
    throwIfAborted(signal);
    const { source, data, rest } = await audioSource(audio, options, this.#connection.blobs);
    let id = 0;
    const onId = (given: number) => {
      id = given;
    };
    const asked = abortable(this.#connection, "prepare", { source, options: rest }, signal, {
      onId,
    });
    const [{ durationMs }] = await Promise.all([asked, this.#send(source, data, signal)]);
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
    let id = 0;
    const info = await this.#connection.call(
      "createState",
      { context: this.#id },
      {
        onId: (given) => {
          id = given;
        },
      },
    );
    return new ProcessState(this.#connection, id, info);
  }

  memory(): Promise<MemorySample> {
    return this.#connection.call("memory", { context: this.#id });
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
    const { result } = await abortable(
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
        onAnswer: (answer) => {
          watch.end(this.#id);
          if (answer) this.#info = answer.info;
        },
      },
    );
    const { text, ...rest } = result;
    return { text, segments, ...rest }; // in the order of the other isolation, for who prints it
  }

  async reset(): Promise<void> {
    this.#info = await this.#connection.call("reset", { state: this.#id });
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
    if (!connection.gone) await connection.call(name, ask);
  } catch (error) {
    if (!connection.gone) throw error;
  }
}

interface AbortableListeners<Name extends RequestName> extends CallListeners {
  onId?: (id: number) => void;
  /** When the child has answered, also if nobody waits for it any more. Undefined: with an error. */
  onAnswer?: (answer: Requests[Name]["answer"] | undefined) => void;
}

/** A request that rejects at once when `signal` aborts; the child ends it as soon as it can. */
function abortable<Name extends RequestName>(
  connection: Connection,
  name: Name,
  ask: Requests[Name]["ask"],
  signal: AbortSignal | undefined,
  listeners: AbortableListeners<Name> = {},
): Promise<Requests[Name]["answer"]> {
  return new Promise((settle, reject) => {
    if (signal?.aborted) {
      reject(abortedBy(signal, "the job"));
      return;
    }
    let id = 0;
    const { onId, onAnswer, ...rest } = listeners;
    const answer = connection.call(name, ask, {
      ...rest,
      onId: (given) => {
        id = given;
        onId?.(given);
      },
    });
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
