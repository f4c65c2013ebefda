import pLimit from "p-limit";
import type { Seat } from "./generation.js";
import { Slot, type SlotWork } from "./slot.js";

/** The slots of a pool: more and fewer of them. */
export class SlotSet {
  readonly #work: SlotWork;
  readonly #changed: (slots: readonly Slot[]) => void;
  // One change at a time: two must not give out the same index.
  readonly #changing = pLimit(1);
  #slots: readonly Slot[] = [];

  /** `changed` gets all that haven't gone. */
  constructor(work: SlotWork, changed: (slots: readonly Slot[]) => void) {
    this.#work = work;
    this.#changed = changed;
  }

  /** Those that stay. */
  get staying(): readonly Slot[] {
    return this.#slots.filter((slot) => !slot.leaving);
  }

  /**
   * As many as `count`: new ones get their seats from `newSeat`, the highest ones leave after their jobs. Resolves when
   * that is done. If a seat can't be had, the slots that were made before it stay.
   */
  async resize(count: number, newSeat: () => Promise<Seat>, signal: AbortSignal): Promise<void> {
    const left = await this.#changing(async () => {
      const { staying } = this;
      const leaving = staying.slice(count).map((slot) => this.#leave(slot));
      for (let i = staying.length; i < count && !signal.aborted; i++) this.#add(await newSeat());
      return { leaving }; // not awaited here: a long job must not hold up the next change
    });
    await Promise.all(left.leaving);
  }

  /** All leave; resolves when they have gone, and none comes any more. */
  async end(): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#leave(slot)));
    await this.#changing(async () => {});
    if (this.#slots.length > 0) await this.end();
  }

  #add(seat: Seat): void {
    const indexes = new Set(this.#slots.map(({ index }) => index));
    let index = 0;
    while (indexes.has(index)) index += 1;
    const slots = [...this.#slots, new Slot(index, seat, this.#work)];
    this.#set(slots.sort((a, b) => a.index - b.index));
  }

  async #leave(slot: Slot): Promise<void> {
    await slot.leave();
    this.#set(this.#slots.filter((other) => other !== slot));
  }

  #set(slots: readonly Slot[]): void {
    this.#slots = slots;
    this.#changed(slots);
  }
}
