import { delay } from "../delay.js";
import type { Rung } from "../engine/engine.js";
import type { WhisperError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import { type Logger, log } from "../telemetry/logger.js";
import type { Generations } from "./generations.js";
import type { ResetPolicy } from "./options.js";
import type { Recycler } from "./recycler.js";
import { asNew, resetAfter } from "./reset-policy.js";
import type { Slot } from "./slot.js";
import type { ResetMethod } from "./warm-up.js";

/** Waits between attempts to give a slot a state that works, in ms. After them it is tried at the last one's pace. */
const REPAIR_WAITS_MS = [0, 500, 1000, 2000, 5000, 15_000] as const;

/** Jobs in a row that fail in whisper.cpp before the context, or its engine, is suspected, not only the state. */
const FAILURES_OF_A_CONTEXT = 3;

export interface KeeperPool {
  slots(): readonly Slot[];
  readonly signal: AbortSignal;
  readonly logger: Logger | undefined;
  readonly policy: ResetPolicy;
  readonly method: ResetMethod;
  /** What is replaced when a new state doesn't help. */
  readonly topRung: Rung;
  /** A state was made as new. */
  wasReset(): void;
  failed(error: WhisperError): void;
  /** Gives slots whose engine has died others; resolves when that is done, or the pool has ended. */
  revive(): Promise<void>;
}

/** Keeps the slots' states as new, and replaces those that don't work. */
export class Keeper {
  readonly #generations: Generations;
  readonly #recycler: Recycler;
  readonly #pool: KeeperPool;

  constructor(generations: Generations, recycler: Recycler, pool: KeeperPool) {
    this.#generations = generations;
    this.#recycler = recycler;
    this.#pool = pool;
  }

  /** After a job. Never rejects. False: the slot's state doesn't work. */
  async clean(slot: Slot): Promise<boolean> {
    if (slot.seat.dead) return false;
    try {
      if (slot.seat.crashed) await this.#replaceCrashed(slot);
      else if (resetAfter(this.#pool.policy, slot.seat.footprint)) await this.reset(slot);
      return true;
    } catch (error) {
      if (slot.seat.dead) return false; // that has been told
      const fields = () => ({ slot: slot.index, err: fromNative(error) });
      log(this.#pool.logger, "warn", fields, "a state can't be made as new; it is being replaced");
      return false;
    }
  }

  /**
   * Makes a slot's state as new, in the way that is cheaper on this device, or else in the other one. Only between two jobs,
   * or before a job has touched it.
   */
  async reset(slot: Slot): Promise<void> {
    const renew = async () =>
      slot.replaceSeat(await this.#generations.buildSeat(slot.seat.context));
    const inPlace = async () => {
      await slot.seat.state.reset();
      slot.seat.footprint = asNew;
    };
    const [first, second] = this.#pool.method === "new-state" ? [renew, inPlace] : [inPlace, renew];
    await first().catch(second);
    this.#pool.wasReset();
  }

  async #replaceCrashed(slot: Slot): Promise<void> {
    const { context } = slot.seat;
    const startedAt = performance.now();
    const from = slot.seat.generation;
    slot.replaceSeat(await this.#generations.buildSeat(context));
    this.#recycler.tell({
      ...{ rung: "state", reason: "crash", outcome: "done", stopped: false },
      ...{ slots: [slot.index], from: [from], to: undefined, error: undefined },
      ...{ neededBytes: this.#generations.stateBytes, availableBytes: undefined },
      ...{ loadMs: 0, warmMs: 0, totalMs: performance.now() - startedAt },
    });
    if (context.failures >= FAILURES_OF_A_CONTEXT) {
      context.failures = 0;
      // All slots on it move; a failure has been reported. An exception may have left more than the context broken.
      this.#recycler.recycle({ rung: this.#pool.topRung, reason: "crash" }).catch(() => {});
    }
  }

  /** Until the slot works, or has left, or the pool has ended. */
  async repair(slot: Slot): Promise<void> {
    let last: unknown;
    for (let attempt = 0; slot.status === "repairing" && !this.#pool.signal.aborted; attempt++) {
      if (slot.seat.dead) {
        await this.#pool.revive();
        continue;
      }
      try {
        await this.#attempt(slot, attempt);
        if (slot.status !== "repairing") return;
      } catch (error) {
        last = error;
      }
      if (attempt >= REPAIR_WAITS_MS.length && this.#nothingWorks()) {
        this.#pool.failed(fromNative(last));
        return;
      }
    }
  }

  async #attempt(slot: Slot, attempt: number): Promise<void> {
    const wait = REPAIR_WAITS_MS[Math.min(attempt, REPAIR_WAITS_MS.length - 1)] as number;
    await delay(wait, this.#pool.signal);
    if (slot.status !== "repairing") return;
    if (attempt >= REPAIR_WAITS_MS.length) {
      const rung = this.#pool.topRung;
      await this.#recycler.recycle({ rung, reason: "crash", slots: [slot] });
      return;
    }
    // In place it needs no more memory than the state has.
    await slot.seat.state.reset().then(
      () => {
        slot.seat.footprint = asNew;
        slot.seat.crashed = false;
        slot.repaired();
      },
      async () => {
        const seat = await this.#generations.buildSeat(slot.seat.context);
        if (!slot.repaired(seat)) await seat.retire();
      },
    );
  }

  #nothingWorks(): boolean {
    return this.#pool.slots().every(({ status }) => status === "repairing" || status === "empty");
  }
}
