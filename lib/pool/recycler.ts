import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Rung } from "../engine/engine.js";
import { freeBytes } from "../engine/memory.js";
import { WhisperError, WhisperPoolError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import type { ContextGeneration, EngineGeneration, Seat } from "./generation.js";
import type { Generations } from "./generations.js";
import { isEngineDeath } from "./job.js";
import type { RecycleReason } from "./recycle-policy.js";
import type { RecycleOutcome, RecycleReport } from "./recycle-report.js";
import { SeatOffer } from "./seat-offer.js";
import type { Slot } from "./slot.js";

export interface RecycleRequest {
  rung: Rung;
  reason: RecycleReason;
  /** Who moves. Undefined: every slot that is on an older generation when the new one is ready. */
  slots?: readonly Slot[] | undefined;
  /**
   * "newest": to the newest generation that slots serve on already; nothing happens to those. "living": the same if its engine
   * lives, else a new one.
   */
  onto?: "new" | "newest" | "living" | undefined;
}

/** What a recycler needs of its pool. */
export interface RecyclerPool {
  /** Those that stay. */
  slots(): readonly Slot[];
  /** Those that are about to leave, too. */
  allSlots(): readonly Slot[];
  /** Ends waiting and building. */
  readonly signal: AbortSignal;
  /** Called with each report, before the promise of the recycle settles. */
  recycled(report: RecycleReport): void;
  /** The old generation is gone and no new one can be had. */
  failed(error: WhisperError): void;
}

/** Loads after a stop, when nothing is left to keep: waits of 1, 2 and 4 s between them. */
const LOADS_AFTER_STOP = 4;

/** A report in the making. */
interface Progress {
  slots: number[];
  from: Set<number>;
  to?: number;
  stopped: boolean;
  skipped: boolean;
  neededBytes: number;
  availableBytes: number | undefined;
  loadMs: number;
  warmMs: number;
}

/**
 * Replaces generations: builds and warms the new one, moves slots to it as they come between two jobs, and frees the old
 * one when its last slot has left. Slots of one recycle move one after the other, so that one new state at a time is kept
 * ready. Recycles may overlap; a slot that two of them mean goes with the later one.
 */
export class Recycler {
  readonly #generations: Generations;
  readonly #pool: RecyclerPool;
  // One at a time decides what to build, loads it, or stops slots for want of memory: nobody must count on memory, or on a
  // context, that another is about to take.
  readonly #deciding = pLimit(1);
  readonly #running = new Set<Promise<unknown>>();
  /** Moves under way. */
  readonly #moving = new Set<Promise<void>>();
  #stopping = false;
  /** Contexts that slots are being moved to. */
  readonly #incoming = new Set<ContextGeneration>();

  constructor(generations: Generations, pool: RecyclerPool) {
    this.#generations = generations;
    this.#pool = pool;
  }

  /** The newest context that slots are, or are about to be, on: of those whose engine lives, if there are any. */
  get newest(): ContextGeneration {
    const contexts = [...this.#pool.slots().map((slot) => slot.seat.context), ...this.#incoming];
    const living = contexts.filter(({ dead }) => !dead);
    return (living.length > 0 ? living : contexts).reduce((a, b) =>
      a.generation > b.generation ? a : b,
    );
  }

  /** @throws {WhisperError} what failed; the report has gone to the pool */
  async recycle(request: RecycleRequest): Promise<RecycleReport> {
    const work = this.#recycle(request);
    const settled = work.catch(() => {});
    this.#running.add(settled);
    settled.finally(() => this.#running.delete(settled));
    return work;
  }

  /** Resolves when no recycle is under way any more. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #recycle(request: RecycleRequest): Promise<RecycleReport> {
    const startedAt = performance.now();
    const progress: Progress = {
      ...{ slots: [], from: new Set(), stopped: false, skipped: false },
      ...{ neededBytes: 0, availableBytes: undefined, loadMs: 0, warmMs: 0 },
    };
    let error: WhisperError | undefined;
    try {
      this.#pool.signal.throwIfAborted();
      if (request.rung === "state") await this.#renewStates(request, progress);
      else await this.#renewContext(request, progress);
    } catch (cause) {
      error = closedOr(cause, this.#pool.signal);
    }
    const { skipped, from, ...rest } = progress;
    const report: RecycleReport = {
      ...{ rung: request.rung, reason: request.reason, to: undefined, ...rest, from: [...from] },
      outcome: outcomeOf(error, skipped),
      totalMs: performance.now() - startedAt,
      error,
    };
    this.tell(report);
    if (error) throw error;
    return report;
  }

  /** Reports a recycle, also one that somebody else has done. */
  tell(report: RecycleReport): void {
    this.#pool.recycled(report);
  }

  /** A state for one more slot, on the newest context. */
  newSeat(): Promise<Seat> {
    return this.#deciding(() => {
      this.#pool.signal.throwIfAborted();
      return this.#generations.buildSeat(this.newest);
    });
  }

  /** Each of the slots gets a new state of the context that it is on. */
  async #renewStates(request: RecycleRequest, progress: Progress): Promise<void> {
    const groups = byContext([]);
    try {
      await this.#deciding(async () => {
        this.#pool.signal.throwIfAborted();
        for (const [context, slots] of byContext(request.slots ?? this.#pool.slots())) {
          context.acquire(); // slots may leave it any moment
          groups.set(context, slots);
        }
        for (const [context, slots] of groups) {
          if (await this.#hasRoom("state", context, progress)) continue;
          groups.set(context, new Set());
          await this.#renewStopped(slots, context, progress);
        }
      });
    } catch (error) {
      await releaseAll(groups.keys());
      throw error;
    }
    await this.#tracked(async () => {
      for (const [context, slots] of groups) await this.#move("state", slots, context, progress);
    }, groups.keys());
  }

  /** Without room for one more state: one slot after the other frees its own first. */
  async #renewStopped(
    slots: Iterable<Slot>,
    context: ContextGeneration,
    progress: Progress,
  ): Promise<void> {
    progress.stopped = true;
    for (const slot of slots) {
      if (slot.seat.context !== context || slot.leaving) continue; // it has been moved meanwhile
      progress.from.add(slot.seat.generation);
      await this.#reseat([slot], context, context.engine, progress);
    }
  }

  async #renewContext(request: RecycleRequest, progress: Progress): Promise<void> {
    const to = await this.#deciding(async () => {
      this.#pool.signal.throwIfAborted();
      const { newest } = this;
      if (request.onto === "newest" || (request.onto === "living" && !newest.dead)) {
        newest.acquire();
        progress.to = newest.generation;
        return newest;
      }
      if (await this.#hasRoom(request.rung, this.newest, progress)) {
        return this.#load(this.#engineFor(request), progress);
      }
      await this.#stopAndRenew(request, progress);
      return undefined;
    });
    if (to === undefined) return;
    await this.#tracked(async () => {
      try {
        await this.#moveAll(request, to, progress);
      } finally {
        this.#incoming.delete(to);
      }
    }, [to]);
  }

  /** The engine that a new context is loaded in; undefined: a new one. */
  #engineFor({ rung }: RecycleRequest): EngineGeneration | undefined {
    const { engine } = this.newest;
    return rung === "process" || engine.dead ? undefined : engine;
  }

  /** Moves slots, and lets go of contexts that were held for that. A stop waits for it. */
  async #tracked(move: () => Promise<void>, held: Iterable<ContextGeneration>): Promise<void> {
    const moved = move().finally(() => releaseAll(held));
    const settled = moved.catch(() => {});
    this.#moving.add(settled);
    await moved.finally(() => this.#moving.delete(settled));
  }

  async #moveAll(
    request: RecycleRequest,
    to: ContextGeneration,
    progress: Progress,
  ): Promise<void> {
    if (request.slots) {
      const behind = request.slots.filter(({ seat }) => seat.context !== to);
      await this.#move(request.rung, new Set(behind), to, progress);
      return;
    }
    // Slots that were added meanwhile come with the others.
    for (let older = this.#older(to); older.size > 0; older = this.#older(to)) {
      const before = progress.slots.length;
      await this.#move(request.rung, older, to, progress);
      // Nobody has come: they have something newer ahead, or are being stopped.
      if (progress.slots.length === before) return;
    }
  }

  #older(to: ContextGeneration): Set<Slot> {
    return new Set(
      this.#pool.slots().filter((slot) => slot.seat.context.generation < to.generation),
    );
  }

  /** Loads the next context, in a new engine if none is given. The caller releases it. */
  async #load(
    engine: EngineGeneration | undefined,
    progress: Progress,
  ): Promise<ContextGeneration> {
    const loaded = await this.#generations.load(engine);
    this.#incoming.add(loaded);
    progress.to = loaded.generation;
    progress.loadMs = loaded.loadMs;
    progress.warmMs = loaded.warmMs;
    return loaded;
  }

  /** Moves slots to new states of a context, whoever comes between two jobs first. */
  async #move(
    rung: Rung,
    slots: Set<Slot>,
    to: ContextGeneration,
    progress: Progress,
  ): Promise<void> {
    const from = new Map(
      [...slots].map(({ index, seat }) => [
        index,
        rung === "state" ? seat.generation : seat.context.generation,
      ]),
    );
    while (slots.size > 0 && !this.#pool.signal.aborted && !this.#stopping) {
      const offer = new SeatOffer(await this.#generations.buildSeat(to), slots);
      offer.make();
      const taker = await offer.taken;
      if (taker === undefined) {
        await offer.seat.retire();
        if (offer.seat.dead) throw await offer.seat.context.engine.engine.died;
        break;
      }
      progress.slots.push(taker.index);
      progress.from.add(from.get(taker.index) as number);
    }
    this.#pool.signal.throwIfAborted();
  }

  /** Without room for two: the old context's slots end their jobs and stop, it is freed, the new one is loaded. */
  async #stopAndRenew(request: RecycleRequest, progress: Progress): Promise<void> {
    const staying = this.#pool.slots();
    if (request.slots && request.slots.length < staying.length) {
      progress.skipped = true;
      return;
    }
    progress.stopped = true;
    const slots = this.#pool.allSlots();
    for (const { seat } of slots) progress.from.add(seat.context.generation);
    const engine = this.#engineFor(request);
    engine?.acquire(); // it would go with its last context
    this.#stopping = true;
    try {
      // Every context has to go before the next one comes, also those that slots were being moved to.
      await Promise.all(slots.map((slot) => slot.vacate()));
      await Promise.all(this.#moving);
      this.#stopping = false;
      await this.#reseat(slots, undefined, engine, progress);
    } finally {
      this.#stopping = false;
      await engine?.release();
    }
  }

  /**
   * Gives empty slots, or those that first have to become so, new states: of a context, or of one that is loaded for that, in an
   * engine or, if that has died, in a new one. Tries again: there is nothing to go back to.
   */
  async #reseat(
    slots: readonly Slot[],
    context: ContextGeneration | undefined,
    engine: EngineGeneration | undefined,
    progress: Progress,
  ): Promise<void> {
    await Promise.all(slots.map((slot) => slot.vacate()));
    let loaded: ContextGeneration | undefined;
    const letGo = async () => {
      if (loaded) this.#incoming.delete(loaded);
      await loaded?.release();
      loaded = undefined;
    };
    const living = async () => {
      if (context && !context.dead) return context;
      if (loaded?.dead) await letGo();
      loaded ??= await this.#load(engine?.dead ? undefined : engine, progress);
      return loaded;
    };
    const seatAll = async () => {
      const on = await living();
      for (const slot of slots) {
        if (slot.status !== "empty") continue;
        const seat = await this.#generations.buildSeat(on);
        if (slot.seatAgain(seat)) progress.slots.push(slot.index);
        else await seat.retire();
      }
    };
    try {
      await pRetry(seatAll, {
        retries: LOADS_AFTER_STOP - 1,
        minTimeout: 1000,
        signal: this.#pool.signal,
        shouldRetry: () => !this.#pool.signal.aborted,
      });
    } catch (error) {
      const last = closedOr(error, this.#pool.signal);
      if (!this.#pool.signal.aborted) this.#pool.failed(last);
      throw last;
    } finally {
      await letGo();
    }
  }

  /** Whether the new one can be built before the old one is freed. Unknown counts as yes: native code checks again. */
  async #hasRoom(rung: Rung, context: ContextGeneration, progress: Progress): Promise<boolean> {
    progress.availableBytes = await availableBytes(context);
    progress.neededBytes = this.#generations.neededBytes(rung, context);
    return progress.neededBytes <= (progress.availableBytes ?? Number.POSITIVE_INFINITY);
  }
}

/** Undefined where unknown, and of a context whose engine has died: what that held is free. */
async function availableBytes({ context, engine }: ContextGeneration): Promise<number | undefined> {
  try {
    return engine.dead ? undefined : freeBytes(await context.memory());
  } catch (error) {
    if (engine.dead) return undefined;
    throw error;
  }
}

function outcomeOf(error: WhisperError | undefined, skipped: boolean): RecycleOutcome {
  if (error) return error.code === "ERR_WHISPER_POOL_CLOSED" ? "closed" : "failed";
  return skipped ? "skipped" : "done";
}

/**
 * What was going on when the pool was closed ends with aborts of all kinds, or with the end of an engine that is still being made:
 * nobody waits for that. Another failure stays what it is.
 */
function closedOr(error: unknown, signal: AbortSignal): WhisperError {
  const aborted =
    !(error instanceof WhisperError) ||
    error.code === "ERR_WHISPER_ABORTED" ||
    isEngineDeath(error);
  if (!signal.aborted || !aborted) return fromNative(error);
  const message = "the pool was closed during the recycle";
  return new WhisperPoolError("ERR_WHISPER_POOL_CLOSED", message, { cause: error });
}

async function releaseAll(contexts: Iterable<ContextGeneration>): Promise<void> {
  for (const context of contexts) await context.release();
}

function byContext(slots: readonly Slot[]): Map<ContextGeneration, Set<Slot>> {
  const groups = new Map<ContextGeneration, Set<Slot>>();
  for (const slot of slots) {
    if (slot.status === "gone") continue;
    const { context } = slot.seat;
    groups.set(context, (groups.get(context) ?? new Set()).add(slot));
  }
  return groups;
}
