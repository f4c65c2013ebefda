import { MAX_TIMER_MS } from "../option-checks.js";
import type { ContextGeneration } from "./generation.js";
import type { RecyclePolicy, RecycleReason } from "./recycle-policy.js";
import type { RecycleRequest, Recycler } from "./recycler.js";
import type { Slot } from "./slot.js";

/** A recycle that failed or was skipped is tried again after this time in ms, if it is still due. */
const RETRY_MS = 60_000;

/** Asks for recycles when they are due: after jobs, and by age also while nothing runs. */
export class RecycleTrigger {
  readonly #policy: RecyclePolicy;
  readonly #recycler: Recycler;
  readonly #slots: () => readonly Slot[];
  /** What is being replaced, or is left alone for a while. */
  readonly #handled = new WeakSet<object>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #ageTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(policy: RecyclePolicy, recycler: Recycler, slots: () => readonly Slot[]) {
    this.#policy = policy;
    this.#recycler = recycler;
    this.#slots = slots;
  }

  /** After each job, and whenever slots have got other seats. */
  check(): void {
    if (this.#stopped) return;
    for (const slot of this.#slots()) {
      if (slot.seat.dead) continue; // it is about to get another one anyway
      const reason = this.#policy.due(slot.seat);
      if (reason) this.#recycle(slot, reason);
    }
    this.#watchAges();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#ageTimer);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #recycle(slot: Slot, reason: RecycleReason): void {
    const subject = this.#policy.subject(slot.seat);
    if (this.#handled.has(subject)) return;
    this.#handled.add(subject);
    this.#recycler.recycle(this.#request(slot, reason)).then(
      ({ outcome, slots }) => {
        if (outcome === "skipped" || slots.length === 0) {
          this.#later(subject);
          return;
        }
        // Growth is counted from here, as what grew may not have been the state's.
        if (reason === "max-growth") slot.seat.context.memory.restart();
        this.#handled.delete(subject); // whoever has come to it meanwhile is due again
        this.check();
      },
      () => this.#later(subject), // it has been reported
    );
  }

  #request(slot: Slot, reason: RecycleReason): RecycleRequest {
    const { rung } = this.#policy;
    if (rung === "state") return { rung, reason, slots: [slot] };
    const { context } = slot.seat;
    const others = this.#slots().filter((other) => other.seat.context !== context);
    // Those on older contexts come along. One that is on a newer one was moved there to be compared, and stays.
    const newer = others.some(({ seat }) => seat.context.generation > context.generation);
    return { rung, reason, slots: newer ? this.#on(context) : undefined };
  }

  #on(context: ContextGeneration): Slot[] {
    return this.#slots().filter(({ seat }) => seat.context === context);
  }

  #later(subject: object): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#handled.delete(subject);
      this.check();
    }, RETRY_MS);
    timer.unref();
    this.#timers.add(timer);
  }

  #watchAges(): void {
    clearTimeout(this.#ageTimer);
    const ages = this.#slots()
      .filter(({ seat }) => !this.#handled.has(this.#policy.subject(seat)))
      .map(({ seat }) => this.#policy.untilOld(seat));
    const next = Math.min(...ages);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#ageTimer = setTimeout(
      () => this.check(),
      Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(next))),
    );
    this.#ageTimer.unref();
  }
}
