import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Rung } from "../engine/engine.js";
import { WhisperError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import type { ContextGeneration, EngineGeneration } from "./generation.js";
import type { Generations } from "./generations.js";
import type { RecycleReason } from "./recycle-policy.js";
import type { RecycleReport } from "./recycle-report.js";
import { SeatOffer } from "./seat-offer.js";
import type { Slot } from "./slot.js";

export interface RecycleRequest {
  rung: Rung;
  reason: RecycleReason;
  /** Who moves. Undefined: every slot that is on an older generation when the new one is ready. */
  slots?: readonly Slot[] | undefined;
  /** "newest": to the newest generation that other slots serve on already, if there is one, rather than to a new one. */
  onto?: "new" | "newest" | undefined;
}

/** What a recycler needs of its pool. */
export interface RecyclerPool {
  slots(): readonly Slot[];
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
  // One model at a time: memory is asked for before each.
  readonly #loading = pLimit(1);
  readonly #running = new Set<Promise<unknown>>();
  /** Contexts that slots are being moved to. */
  readonly #incoming = new Set<ContextGeneration>();

  constructor(generations: Generations, pool: RecyclerPool) {
    this.#generations = generations;
    this.#pool = pool;
  }

  /** The newest context that slots are, or are about to be, on. */
  get newest(): ContextGeneration {
    const contexts = [...this.#pool.slots().map((slot) => slot.seat.context), ...this.#incoming];
    return contexts.reduce((a, b) => (a.generation > b.generation ? a : b));
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
      outcome: error ? "failed" : skipped ? "skipped" : "done",
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

  /** Each of the slots gets a new state of the context that it is on. */
  async #renewStates(request: RecycleRequest, progress: Progress): Promise<void> {
    const byContext = new Map<ContextGeneration, Set<Slot>>();
    for (const slot of request.slots ?? this.#pool.slots()) {
      const { context } = slot.seat;
      byContext.set(context, (byContext.get(context) ?? new Set()).add(slot));
    }
    for (const [context, slots] of byContext) {
      if (await this.#hasRoom("state", context, progress)) {
        await this.#move("state", slots, context, progress);
      } else {
        progress.stopped = true;
        for (const slot of slots) {
          progress.from.add(slot.seat.generation);
          await this.#held(context, () => this.#reseat([slot], () => context, progress));
        }
      }
    }
  }

  async #renewContext(request: RecycleRequest, progress: Progress): Promise<void> {
    const meant = request.slots ?? this.#pool.slots();
    const newest = this.#newestOf(request, meant);
    if (newest) {
      progress.to = newest.generation;
      const others = new Set(meant.filter((slot) => slot.seat.context !== newest));
      await this.#held(newest, () => this.#move(request.rung, others, newest, progress));
      return;
    }
    const loaded = await this.#loading(async () => {
      this.#pool.signal.throwIfAborted();
      if (await this.#hasRoom(request.rung, this.newest, progress)) {
        return this.#load(request.rung === "process" ? undefined : this.newest.engine, progress);
      }
      await this.#stopAndRenew(request, progress);
      return undefined;
    });
    if (loaded === undefined) return;
    try {
      await this.#moveAll(request, loaded, progress);
    } finally {
      this.#incoming.delete(loaded);
      await loaded.release();
    }
  }

  /** A generation that others are on already, for a request that is content with it. */
  #newestOf(request: RecycleRequest, meant: readonly Slot[]): ContextGeneration | undefined {
    const { newest } = this;
    const used = this.#pool.slots().some((slot) => slot.seat.context === newest);
    const newer = meant.every((slot) => slot.seat.context.generation <= newest.generation);
    const all = meant.every((slot) => slot.seat.context === newest);
    return request.onto === "newest" && used && newer && !all ? newest : undefined;
  }

  async #moveAll(
    request: RecycleRequest,
    to: ContextGeneration,
    progress: Progress,
  ): Promise<void> {
    if (request.slots) {
      await this.#move(request.rung, new Set(request.slots), to, progress);
      return;
    }
    // Slots that were added meanwhile come with the others.
    for (let older = this.#older(to); older.size > 0; older = this.#older(to)) {
      await this.#move(request.rung, older, to, progress);
      if (progress.to !== this.newest.generation) return; // the later recycle takes the rest along
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
    while (slots.size > 0 && !this.#pool.signal.aborted) {
      const offer = new SeatOffer(await this.#generations.buildSeat(to), rung, slots);
      offer.make();
      const taker = await offer.taken;
      if (taker === undefined) {
        await offer.seat.retire();
        break;
      }
      progress.slots.push(taker.index);
      progress.from.add(from.get(taker.index) as number);
    }
    this.#pool.signal.throwIfAborted();
  }

  /** Without room for two: the old context's slots end their jobs and stop, it is freed, the new one is loaded. */
  async #stopAndRenew(request: RecycleRequest, progress: Progress): Promise<void> {
    const slots = this.#pool.slots();
    if (request.slots && request.slots.length < slots.length) {
      progress.skipped = true;
      return;
    }
    progress.stopped = true;
    for (const { seat } of slots) progress.from.add(seat.context.generation);
    const engine = request.rung === "process" ? undefined : this.newest.engine;
    let loaded: ContextGeneration | undefined;
    engine?.acquire(); // it would go with its last context
    try {
      await this.#reseat(
        slots,
        async () => {
          loaded = await this.#load(engine, progress);
          return loaded;
        },
        progress,
      );
    } finally {
      if (loaded) this.#incoming.delete(loaded);
      await loaded?.release();
      await engine?.release();
    }
  }

  /** Gives empty slots, or those that first have to become so, new states. Tries again: there is nothing to go back to. */
  async #reseat(
    slots: readonly Slot[],
    find: () => ContextGeneration | Promise<ContextGeneration>,
    progress: Progress,
  ): Promise<void> {
    await Promise.all(slots.map((slot) => slot.vacate()));
    let context: ContextGeneration | undefined;
    const seatAll = async () => {
      context ??= await find();
      for (const slot of slots) {
        if (slot.status !== "empty") continue;
        const seat = await this.#generations.buildSeat(context);
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
    }
  }

  async #held<Value>(context: ContextGeneration, work: () => Promise<Value>): Promise<Value> {
    context.acquire();
    try {
      return await work();
    } finally {
      await context.release();
    }
  }

  /** Whether the new one can be built before the old one is freed. Unknown counts as yes: native code checks again. */
  async #hasRoom(rung: Rung, context: ContextGeneration, progress: Progress): Promise<boolean> {
    const { availableBytes, gpu } = await context.context.memory();
    progress.neededBytes = this.#generations.neededBytes(rung, context);
    progress.availableBytes = gpu ? gpu.freeBytes : availableBytes;
    return progress.neededBytes <= (progress.availableBytes ?? Number.POSITIVE_INFINITY);
  }
}

function closedOr(error: unknown, signal: AbortSignal): WhisperError {
  if (error instanceof WhisperError && !signal.aborted) return error;
  return signal.aborted
    ? new WhisperError("ERR_WHISPER_POOL_CLOSED", "the pool was closed during the recycle", {
        cause: error,
      })
    : fromNative(error);
}
