import type { Engine, EngineContext, EngineState } from "../engine/engine.js";
import type { WhisperEngineError } from "../errors.js";
import type { GenerationMemory } from "./generation-memory.js";
import { asNew, type Footprint } from "./reset-policy.js";

// Who uses what: slots sit on states, states belong to a context, contexts to an engine. Each is freed when the last user
// has left it, never before.

/** An engine, the number of its generation, and how many contexts it has. */
export class EngineGeneration {
  readonly engine: Engine;
  readonly generation: number;
  /** How long its start took, in ms. */
  readonly startMs: number;
  readonly startedAt = performance.now();
  #contexts = 0;
  #closed = false;

  constructor(engine: Engine, generation: number, startMs: number) {
    this.engine = engine;
    this.generation = generation;
    this.startMs = startMs;
  }

  /** Whether its process has ended. */
  get dead(): boolean {
    return this.engine.dead;
  }

  /** Whether it is being closed, or has been: its end is nobody's fault. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Calls `listener` if it ends by itself. */
  onDeath(listener: (error: WhisperEngineError) => void): void {
    this.engine.died.then((error) => {
      if (!this.#closed) listener(error);
    });
  }

  acquire(): void {
    this.#contexts += 1;
  }

  async release(): Promise<void> {
    this.#contexts -= 1;
    if (this.#contexts > 0) return;
    this.#closed = true;
    await this.engine.close();
  }
}

export class ContextGeneration {
  readonly engine: EngineGeneration;
  readonly context: EngineContext;
  readonly generation: number;
  readonly createdAt = performance.now();
  /** How long loading and warming took, in ms. */
  readonly loadMs: number;
  readonly warmMs: number;
  readonly memory: GenerationMemory;

  /** Jobs that have ended on it. */
  jobs = 0;
  /** Jobs in a row that whisper.cpp failed in. */
  failures = 0;
  #users = 0;

  /** Holds its engine. */
  constructor(fields: {
    engine: EngineGeneration;
    context: EngineContext;
    generation: number;
    loadMs: number;
    warmMs: number;
    memory: GenerationMemory;
  }) {
    this.engine = fields.engine;
    this.context = fields.context;
    this.generation = fields.generation;
    this.loadMs = fields.loadMs;
    this.warmMs = fields.warmMs;
    this.memory = fields.memory;
    this.engine.acquire();
  }

  /** Whether it has gone with its engine. */
  get dead(): boolean {
    return this.engine.dead;
  }

  /** Keeps it from being freed. Each call has a `release()`. */
  acquire(): void {
    this.#users += 1;
  }

  /** Frees the context with its last user, and then perhaps its engine. */
  async release(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    try {
      await this.context.free();
    } finally {
      await this.engine.release();
    }
  }
}

/** A state that a slot runs its jobs on. */
export class Seat {
  readonly context: ContextGeneration;
  readonly state: EngineState;
  readonly generation: number;
  readonly createdAt = performance.now();
  /** Jobs that have ended on it. */
  jobs = 0;
  footprint: Footprint = asNew;
  /** A job failed inside whisper.cpp: it has to be replaced. */
  crashed = false;
  #retired: Promise<void> | undefined;

  private constructor(context: ContextGeneration, state: EngineState, generation: number) {
    this.context = context;
    this.state = state;
    this.generation = generation;
  }

  /** A new state on a context, which it holds. */
  static async build(context: ContextGeneration, generation: () => number): Promise<Seat> {
    context.acquire();
    try {
      return new Seat(context, await context.context.createState(), generation());
    } catch (error) {
      await context.release();
      throw error;
    }
  }

  /** Whether it has gone with its engine. */
  get dead(): boolean {
    return this.context.dead;
  }

  /** Frees the state, and what nobody else uses. */
  retire(): Promise<void> {
    this.#retired ??= this.#retire();
    return this.#retired;
  }

  async #retire(): Promise<void> {
    try {
      await this.state.free();
    } finally {
      await this.context.release();
    }
  }
}
