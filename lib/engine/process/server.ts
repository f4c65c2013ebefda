import type { AudioInput } from "../../audio/input.js";
import { WhisperError } from "../../errors.js";
import { fromNative } from "../../native/errors.js";
import { native } from "../../native/load.js";
import type { Engine, PreparedAudio } from "../engine.js";
import { type ThreadContext, ThreadEngineHost, type ThreadState } from "../thread-engine.js";
import type { BlobReceiver } from "./blob-receiver.js";
import type {
  AudioSource,
  ChildMessage,
  HostMessage,
  Request,
  RequestName,
  Requests,
  StateActivity,
} from "./protocol.js";

type Handlers = {
  [Name in RequestName]: (
    ask: Requests[Name]["ask"],
    id: number,
    signal: AbortSignal,
  ) => Promise<Requests[Name]["answer"]>;
};

/** A GPU is asked on a thread of its own: in ms. */
const LAST_SAMPLES_MS = 200;

/** The child's side: a thread engine, asked by messages. Runs on the child's JavaScript thread. */
export class EngineServer {
  readonly #send: (message: ChildMessage) => void;
  readonly #blobs: BlobReceiver;
  readonly #underWay = new Map<number, AbortController>();
  readonly #contexts = new Map<number, ThreadContext>();
  readonly #states = new Map<number, ThreadState>();
  readonly #audio = new Map<number, PreparedAudio>();
  /** Requests for memory under way. */
  readonly #measuring = new Set<Promise<unknown>>();
  #engine: Engine | undefined;

  constructor(send: (message: ChildMessage) => void, blobs: BlobReceiver) {
    this.#send = send;
    this.#blobs = blobs;
  }

  /** Resolves when the last jobs' memory has been told, which their reports wait for; or soon. */
  async close(): Promise<void> {
    const told = Promise.allSettled(this.#measuring);
    await Promise.race([told, new Promise((resolve) => setTimeout(resolve, LAST_SAMPLES_MS))]);
    await new Promise((resolve) => setImmediate(resolve));
  }

  receive(message: HostMessage): void {
    if ("name" in message) this.#serve(message);
    else if ("abort" in message) this.#abort(message.abort);
    else if ("drop" in message) this.#audio.delete(message.drop);
  }

  /** Ends a request; or gives up what it has made, if the answer is on its way to somebody who doesn't want it any more. */
  #abort(id: number): void {
    this.#underWay.get(id)?.abort();
    this.#audio.delete(id);
    this.#contexts
      .get(id)
      ?.free()
      .catch(() => {});
    this.#contexts.delete(id);
  }

  async #serve({ id, name, ask }: Request): Promise<void> {
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    try {
      const handler = this.#handlers[name] as Handlers[typeof name];
      const answer = await handler(ask as never, id, controller.signal);
      this.#send({ id, answer });
    } catch (error) {
      const { code, message } = fromNative(error);
      this.#send({ id, error: { code, message } });
    } finally {
      this.#underWay.delete(id);
    }
  }

  readonly #handlers: Handlers = {
    start: async ({ model, options, log, confinement }) => {
      const addon = native();
      addon.mirrorLog(true);
      const { parentPid, addressSpaceBytes } = confinement;
      addon.confineProcess({
        ...{ coreDumps: false, parentPid },
        ...(addressSpaceBytes !== undefined && { addressSpaceBytes }),
      });
      const source = typeof model === "string" ? model : await this.#blobs.take(model.blob);
      const onLog = (entry: Parameters<NonNullable<typeof options.onLog>>[0], loading: boolean) => {
        if (entry.level === "warn" || entry.level === "error") {
          this.#send({ log: entry, loading });
        }
      };
      const host = new ThreadEngineHost(source, options, log ? onLog : undefined);
      this.#engine = await host.start();
      return undefined;
    },

    load: async (_, id, signal) => {
      const context = (await this.#started.loadContext(signal)) as ThreadContext;
      this.#contexts.set(id, context);
      if (signal.aborted) this.#abort(id);
      return { ...context.info };
    },

    prepare: async ({ source, options }, id, signal) => {
      const { input, described } = await this.#inputOf(source);
      const all = { ...options, ...described, signal };
      const audio = await this.#started.prepareAudio(input, all);
      if (!signal.aborted) this.#audio.set(id, audio);
      return { durationMs: audio.durationMs };
    },

    createState: async ({ context }, id) => {
      const state = (await get(this.#contexts, context).createState()) as ThreadState;
      this.#states.set(id, state);
      return state.info;
    },

    memory: ({ context }) => {
      const sample = get(this.#contexts, context).memory();
      this.#measuring.add(sample);
      return sample.finally(() => this.#measuring.delete(sample));
    },

    freeContext: async ({ context }) => {
      await get(this.#contexts, context).free();
      this.#contexts.delete(context);
      return undefined;
    },

    transcribe: async ({ state: stateId, audio, options, progress }, id, signal) => {
      const state = get(this.#states, stateId);
      const onProgress = (fraction: number) => this.#send({ id, progress: fraction });
      const { segments: _, ...result } = await state.transcribe(
        get(this.#audio, audio),
        { ...options, signal, ...(progress && { onProgress }) },
        (segments) => this.#send({ id, segments }),
      );
      return { result, info: state.info };
    },

    reset: async ({ state }) => {
      await get(this.#states, state).reset();
      return get(this.#states, state).info;
    },

    freeState: async ({ state }) => {
      await get(this.#states, state).free();
      this.#states.delete(state);
      return undefined;
    },

    ping: async () => this.#activities(),
  };

  get #started(): Engine {
    if (this.#engine) return this.#engine;
    throw new WhisperError("ERR_WHISPER_INTERNAL", "the engine hasn't been started");
  }

  async #inputOf(source: AudioSource): Promise<{
    input: AudioInput;
    described?: { sampleRate: number; channels: number };
  }> {
    if ("path" in source) return { input: source.path };
    const bytes = await this.#blobs.take(source.blob);
    if (source.kind === "bytes") return { input: bytes };
    const { sampleRate, channels } = source;
    const { buffer } = bytes;
    const input = source.kind === "f32" ? new Float32Array(buffer) : new Int16Array(buffer);
    return { input, described: { sampleRate, channels } };
  }

  #activities(): StateActivity[] {
    return [...this.#states].map(([state, hosted]) => ({ state, ...hosted.activity() }));
  }
}

function get<Value>(map: ReadonlyMap<number, Value>, id: number): Value {
  const value = map.get(id);
  if (value !== undefined) return value;
  throw new WhisperError("ERR_WHISPER_FREED", `there is no ${id} any more`);
}
