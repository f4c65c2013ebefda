import { type Deferred, withResolvers } from "../with-resolvers.js";
import type { Seat } from "./generation.js";
import type { Job } from "./job.js";
import type { SeatOffer } from "./seat-offer.js";

/**
 * - "idle": waits for a job; "running": has one;
 * - "cleaning": makes its state as new after a job; "repairing": can't, and has to be given another seat;
 * - "empty": has given up its seat, as memory allows no second one; "gone": has left the pool.
 */
export type SlotStatus = "idle" | "running" | "cleaning" | "repairing" | "empty" | "gone";

/** What a slot asks of the pool. */
export interface SlotWork {
  /** Runs a job on the slot's seat; never rejects. Resolves when the state does nothing any more. */
  run(slot: Slot, job: Job): Promise<void>;
  /** Makes the state fit for any job, or replaces it; never rejects. False: there is no seat that works. */
  clean(slot: Slot): Promise<boolean>;
  /** Goes on trying until the slot isn't "repairing" any more. */
  repair(slot: Slot): void;
  /** Frees a seat that the slot has left; never rejects. */
  retire(seat: Seat): Promise<void>;
  /** It can take a job. */
  idle(slot: Slot): void;
}

/**
 * One place in the pool: one job at a time, on one seat. Everything that isn't a job, such as another seat or the slot's
 * end, happens between two jobs.
 */
export class Slot {
  readonly index: number;
  /** Jobs that it has been given. */
  jobs = 0;
  /** When its last job ended. */
  idleSince = performance.now();
  job: Job | undefined;

  readonly #work: SlotWork;
  #status: SlotStatus = "idle";
  #seat: Seat;
  #offer: SeatOffer | undefined;
  #leaving: Deferred<void> | undefined;
  #vacating: Deferred<void> | undefined;

  constructor(index: number, seat: Seat, work: SlotWork) {
    this.index = index;
    this.#seat = seat;
    this.#work = work;
  }

  get status(): SlotStatus {
    return this.#status;
  }

  /** The seat; the last one if the slot is empty or gone. */
  get seat(): Seat {
    return this.#seat;
  }

  get leaving(): boolean {
    return this.#leaving !== undefined;
  }

  /** Takes a job; only when idle. */
  run(job: Job): void {
    if (this.#status !== "idle") throw new Error(`slot ${this.index} is ${this.#status}`);
    this.#status = "running";
    this.job = job;
    this.jobs += 1;
    this.#work.run(this, job).then(() => this.#afterJob());
  }

  /** Takes the seat of an offer when it is between two jobs: at once, or later. */
  consider(offer: SeatOffer): void {
    if (this.#status === "gone" || this.#leaving || this.#vacating || this.#status === "empty") {
      offer.decline(this);
      return;
    }
    if (offer.seat.dead) {
      offer.decline(this);
      return;
    }
    const earlier = this.#offer;
    const { generation } = offer.seat.context;
    // What has died is worth less than anything older.
    const own = this.#seat.dead ? 0 : this.#seat.context.generation;
    const newer = Math.max(own, earlier?.seat.context.generation ?? 0);
    if (generation < newer) {
      offer.decline(this); // it is on, or will get, a newer context, and a new state with it
      return;
    }
    this.#offer = offer;
    earlier?.decline(this);
    if (this.#status === "idle" || this.#status === "repairing") this.#swap();
  }

  /** Somebody else has taken it. */
  forget(offer: SeatOffer): void {
    if (this.#offer === offer) this.#offer = undefined;
  }

  /** Gives up the slot and its seat after the present job. Resolves when that has been freed. */
  leave(): Promise<void> {
    this.#leaving ??= withResolvers<void>();
    this.#offer?.decline(this);
    this.#offer = undefined;
    const { promise } = this.#leaving;
    if (this.#status !== "running" && this.#status !== "cleaning") this.#betweenJobs();
    return promise;
  }

  /** Gives up its seat after the present job, until it is given another by `seatAgain()`. Resolves when it is freed. */
  vacate(): Promise<void> {
    if (this.#status === "empty") return Promise.resolve();
    if (this.#status === "gone") return this.#leaving?.promise ?? Promise.resolve();
    this.#vacating ??= withResolvers<void>();
    this.#offer?.decline(this);
    this.#offer = undefined;
    const { promise } = this.#vacating;
    if (this.#status === "idle" || this.#status === "repairing") this.#betweenJobs();
    return promise;
  }

  /** A seat for an empty slot. False: it has gone meanwhile, and doesn't take it. */
  seatAgain(seat: Seat): boolean {
    if (this.#status !== "empty") return false;
    this.#seat = seat;
    this.#betweenJobs();
    return true;
  }

  /** Ends the repair, with another seat or with the old one that works again. False: it needs none any more. */
  repaired(seat?: Seat): boolean {
    if (this.#status !== "repairing") return false;
    if (seat) this.replaceSeat(seat);
    this.#betweenJobs();
    return true;
  }

  /** Its engine may have died: then it needs another seat, now if it has no job. */
  lost(): void {
    if (this.#status === "idle" && this.#seat.dead) this.#becomeIdle();
  }

  /** For one that works on the slot between two jobs. */
  replaceSeat(seat: Seat): void {
    const old = this.#seat;
    this.#seat = seat;
    this.#work.retire(old);
  }

  async #afterJob(): Promise<void> {
    this.job = undefined;
    this.idleSince = performance.now();
    this.#status = "cleaning";
    this.#dropDeadOffer();
    // A seat that is about to be left needs no cleaning.
    const leavesSeat = this.#offer || this.#leaving || this.#vacating;
    const usable = leavesSeat ? true : await this.#work.clean(this);
    if (usable || this.#offer || this.#leaving || this.#vacating) {
      this.#betweenJobs();
    } else {
      this.#status = "repairing";
      this.#work.repair(this);
    }
  }

  #betweenJobs(): void {
    this.#dropDeadOffer();
    if (this.#leaving) {
      this.#end(this.#leaving);
    } else if (this.#vacating) {
      const { resolve } = this.#vacating;
      this.#vacating = undefined;
      this.#status = "empty";
      this.#work.retire(this.#seat).then(resolve);
    } else if (this.#offer) {
      this.#swap();
    } else {
      this.#becomeIdle();
    }
  }

  #dropDeadOffer(): void {
    const offer = this.#offer;
    if (!offer?.seat.dead) return;
    this.#offer = undefined;
    offer.decline(this);
  }

  #swap(): void {
    const offer = this.#offer as SeatOffer;
    this.#offer = undefined;
    this.replaceSeat(offer.take(this));
    this.#becomeIdle();
  }

  #becomeIdle(): void {
    if (this.#seat.dead) {
      this.#status = "repairing";
      this.#work.repair(this);
      return;
    }
    this.#status = "idle";
    this.#work.idle(this);
  }

  #end({ resolve }: Deferred<void>): void {
    const wasEmpty = this.#status === "empty";
    if (this.#status === "gone") return;
    this.#status = "gone";
    const vacating = this.#vacating;
    const retired = wasEmpty ? Promise.resolve() : this.#work.retire(this.#seat);
    retired.then(() => {
      vacating?.resolve();
      resolve();
    });
  }
}
