import { delay } from "../delay.js";
import type { WhisperError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import { isEngineDeath } from "./job.js";
import type { Recycler } from "./recycler.js";
import type { Slot } from "./slot.js";

/** Waits in ms before an engine is started again after as many failed starts in a row; one more failure is the pool's end. */
const START_WAITS_MS = [0, 500, 1000, 2000, 4000, 8000] as const;

/**
 * After crashes in a row with no job completed between them, the first start waits as well: doubled from this time in ms up
 * to the longest. There is no end to that: hostile files must not be able to end a pool, only to slow themselves down.
 */
const CRASH_WAIT_MS = 100;
const LONGEST_CRASH_WAIT_MS = 5000;

/** Between two attempts of which the first has changed nothing, in ms. */
const LEAST_WAIT_MS = 20;

export interface ReviverPool {
  /** Those that stay. */
  slots(): readonly Slot[];
  readonly signal: AbortSignal;
  /** No engine can be started. */
  failed(error: WhisperError): void;
}

/** Gives slots whose engine has died seats on a living one. */
export class Reviver {
  readonly #recycler: Recycler;
  readonly #pool: ReviverPool;
  #reviving: Promise<void> | undefined;
  /** Engines that have died since a job was completed. */
  #crashes = 0;

  constructor(recycler: Recycler, pool: ReviverPool) {
    this.#recycler = recycler;
    this.#pool = pool;
  }

  /** An engine has died: slots that are idle on it are told so; the others find out by their jobs. */
  engineDied(): void {
    this.#crashes += 1;
    for (const slot of this.#pool.slots()) slot.lost();
  }

  jobCompleted(): void {
    this.#crashes = 0;
  }

  /** Resolves when no slot is on a dead engine any more, or the pool has ended. */
  revive(): Promise<void> {
    this.#reviving ??= this.#revive().finally(() => {
      this.#reviving = undefined;
    });
    return this.#reviving;
  }

  /** Does what needs a living engine, again if that dies meanwhile. */
  async through<Value>(work: () => Promise<Value>): Promise<Value> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isEngineDeath(error) || this.#pool.signal.aborted) throw error;
      }
      await delay(LEAST_WAIT_MS, this.#pool.signal);
      await this.#reviving;
    }
  }

  async #revive(): Promise<void> {
    const { signal } = this.#pool;
    let waitMs = this.#crashWaitMs();
    for (let failures = 0; this.#dead().length > 0 && !signal.aborted; ) {
      // An aborted wait is the pool's end.
      await delay(waitMs, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#attempt();
        failures = 0;
        waitMs = LEAST_WAIT_MS;
      } catch (error) {
        failures += 1;
        const next = START_WAITS_MS[failures];
        if (next === undefined && this.#nothingWorks()) {
          this.#pool.failed(fromNative(error));
          return;
        }
        waitMs = next ?? START_WAITS_MS.at(-1) ?? 0;
      }
    }
  }

  async #attempt(): Promise<void> {
    const slots = this.#dead();
    if (slots.length === 0) return;
    // Where another engine lives, they go there, though it may be an older one: it works, and costs no load.
    await this.#recycler.recycle({
      ...{ rung: "process", reason: "crash", onto: "living", slots },
    });
  }

  #dead(): Slot[] {
    return this.#pool
      .slots()
      .filter(({ seat, status }) => seat.dead && status !== "empty" && status !== "gone");
  }

  #nothingWorks(): boolean {
    return this.#pool.slots().every(({ seat, status }) => seat.dead || status === "empty");
  }

  #crashWaitMs(): number {
    if (this.#crashes <= 1) return 0;
    return Math.min(LONGEST_CRASH_WAIT_MS, CRASH_WAIT_MS * 2 ** (this.#crashes - 2));
  }
}
