import { withResolvers } from "../with-resolvers.js";
import type { Seat } from "./generation.js";
import type { Slot } from "./slot.js";

/** A seat that is ready, for whichever of some slots is the first to be between two jobs. */
export class SeatOffer {
  readonly seat: Seat;
  readonly #slots: Set<Slot>;
  readonly #taken = withResolvers<Slot | undefined>();
  #given = false;

  /** `slots`: who may take it; who takes it, or something else instead, leaves the set. */
  constructor(seat: Seat, slots: Set<Slot>) {
    this.seat = seat;
    this.#slots = slots;
  }

  /** Who took it; undefined if nobody is left who could. */
  get taken(): Promise<Slot | undefined> {
    return this.#taken.promise;
  }

  /** Offers it to all; one that is idle takes it at once. */
  make(): void {
    for (const slot of [...this.#slots]) {
      if (this.#given) return;
      slot.consider(this);
    }
    this.#endIfNobodyIsLeft();
  }

  take(slot: Slot): Seat {
    this.#given = true;
    for (const other of this.#slots) other.forget(this);
    this.#slots.delete(slot);
    this.#taken.resolve(slot);
    return this.seat;
  }

  /** The slot has gone, or expects something else. */
  decline(slot: Slot): void {
    this.#slots.delete(slot);
    this.#endIfNobodyIsLeft();
  }

  #endIfNobodyIsLeft(): void {
    if (this.#slots.size === 0) this.#taken.resolve(undefined);
  }
}
