import { onAbort } from "../audio/abort.js";
import type { EngineContext, EngineHost, Rung } from "../engine/engine.js";
import { type WhisperEngineError, WhisperModelError } from "../errors.js";
import type { ModelFacts } from "../types.js";
import { ContextGeneration, EngineGeneration, Seat } from "./generation.js";
import { GenerationMemory } from "./generation-memory.js";
import { warmUp } from "./warm-up.js";

/** Makes generations, and counts them: one number for every new engine, context and state. */
export class Generations {
  readonly #host: EngineHost;
  readonly #threads: () => number;
  readonly #signal: AbortSignal;
  readonly #died: (engine: EngineGeneration, error: WhisperEngineError) => void;
  #counter = 0;
  #epoch = 0;
  #facts: ModelFacts | undefined;
  #stateBytes = 0;

  /** `signal` ends what is being made; `died` gets every engine that ends by itself. */
  constructor(
    host: EngineHost,
    threads: () => number,
    signal: AbortSignal,
    died: (engine: EngineGeneration, error: WhisperEngineError) => void,
  ) {
    this.#host = host;
    this.#threads = threads;
    this.#signal = signal;
    this.#died = died;
  }

  /** Goes up whenever the pool itself holds more or less than before: its own loads and slots are no leak. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A context, or a slot, has come or gone. */
  changed(): void {
    this.#epoch += 1;
  }

  /** Bytes of the largest state so far. */
  get stateBytes(): number {
    return this.#stateBytes;
  }

  /**
   * Loads a context and warms it: in a new engine, or in the given one. The caller holds it, and releases it.
   *
   * @throws what loading throws; `ERR_WHISPER_MODEL_INVALID` if the model's file has become another model
   */
  async load(engine?: EngineGeneration): Promise<ContextGeneration> {
    this.changed();
    const host = engine ?? (await this.#start());
    host.acquire();
    try {
      return await this.#loadIn(host);
    } finally {
      this.changed();
      await host.release();
    }
  }

  async #start(): Promise<EngineGeneration> {
    const askedAt = performance.now();
    const engine = await this.#host.start(this.#signal);
    const started = new EngineGeneration(engine, this.#next(), performance.now() - askedAt);
    started.onDeath((error) => this.#died(started, error));
    // Also one that hangs as it loads or warms up.
    const unlisten = onAbort(this.#signal, () => started.engine.abandon());
    started.engine.died.then(unlisten);
    return started;
  }

  async #loadIn(engine: EngineGeneration): Promise<ContextGeneration> {
    const startedAt = performance.now();
    const context = await engine.engine.loadContext(this.#signal);
    try {
      this.#checkModel(context);
      const loadedAt = performance.now();
      await warmUp(engine.engine, context, { threads: this.#threads(), signal: this.#signal });
      this.#signal.throwIfAborted();
      const loaded = new ContextGeneration({
        ...{ engine, context, generation: this.#next(), memory: new GenerationMemory() },
        loadMs: loadedAt - startedAt,
        warmMs: performance.now() - loadedAt,
      });
      loaded.acquire();
      return loaded;
    } catch (error) {
      await context.free();
      throw error;
    }
  }

  /** A new state on a context. */
  async buildSeat(context: ContextGeneration): Promise<Seat> {
    const seat = await Seat.build(context, () => this.#next());
    this.#stateBytes = Math.max(this.#stateBytes, seat.state.info.bytes);
    return seat;
  }

  /** What a recycle needs on top of what there is, in bytes: it builds before it frees. */
  neededBytes(rung: Rung, context: ContextGeneration): number {
    const weights = rung === "state" ? 0 : context.context.info.weightsBytes;
    return weights + this.#stateBytes;
  }

  /** A pool's results must not change because somebody replaced a file. */
  #checkModel(context: EngineContext): void {
    const { model } = context.info;
    this.#facts ??= model;
    for (const key of Object.keys(this.#facts) as (keyof ModelFacts)[]) {
      if (model[key] !== this.#facts[key]) {
        throw new WhisperModelError(
          "ERR_WHISPER_MODEL_INVALID",
          `the model is another one than at the pool's start: its ${key} is ${model[key]}, was ${this.#facts[key]}; make a new pool for it`,
        );
      }
    }
  }

  #next(): number {
    this.#counter += 1;
    return this.#counter;
  }
}
