import { WhisperPoolError } from "../errors.js";
import type { Job } from "./job.js";
import type { QueueSettings } from "./options.js";
import { JobQueue } from "./queue.js";
import type { Slot } from "./slot.js";

/** Brings jobs and slots together. */
export class Dispatcher {
  readonly queue = new JobQueue();
  readonly #settings: QueueSettings;
  #slots: readonly Slot[] = [];
  /** Resolved when nothing waits and nothing runs. */
  #whenEmpty: (() => void)[] = [];

  constructor(settings: QueueSettings) {
    this.#settings = settings;
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  set slots(slots: readonly Slot[]) {
    this.#slots = slots;
    this.pump();
  }

  /** Jobs that have a slot. */
  get running(): Job[] {
    return this.#slots.flatMap(({ job }) => (job && !job.ended ? [job] : []));
  }

  /** Gives the job a slot, or a place in the queue. @throws {WhisperPoolError} `ERR_WHISPER_QUEUE_FULL` */
  add(job: Job): void {
    const { maxWaiting } = this.#settings;
    const { first } = this.queue;
    const isNext = first === undefined || job.priority > first.priority;
    const slot = isNext ? this.#slotFor(job) : undefined;
    if (slot) {
      slot.run(job);
      return;
    }
    if (this.queue.size >= maxWaiting + this.#aboutToBeFree()) {
      throw new WhisperPoolError(
        "ERR_WHISPER_QUEUE_FULL",
        `${this.queue.size} jobs are waiting already (queue.maxWaiting); try again later`,
      );
    }
    this.queue.add(job);
    this.pump();
  }

  /** A job has ended, whether it was waiting or running. */
  ended(job: Job): void {
    if (this.queue.remove(job)) this.pump();
    else this.#checkEmpty();
  }

  /** Gives slots that are idle to the jobs whose turn it is. Call whenever a slot or the queue has changed. */
  pump(): void {
    for (let job = this.queue.first; job; job = this.queue.first) {
      const slot = this.#slotFor(job);
      if (!slot) break; // whoever comes after it has no more right to a slot
      this.queue.takeFirst();
      slot.run(job);
    }
    this.#prepareAhead();
    this.#checkEmpty();
  }

  /** Resolves when nothing waits and nothing runs. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenEmpty.push(resolve);
      this.#checkEmpty();
    });
  }

  /** The slot that has been idle for longest, so that all do their share; none if the rest is reserved. */
  #slotFor(job: Job): Slot | undefined {
    const idle = this.#slots.filter((slot) => slot.status === "idle" && !slot.leaving);
    if (idle.length === 0 || !this.#mayRun(job)) return undefined;
    return idle.reduce((a, b) => (b.idleSince < a.idleSince ? b : a));
  }

  /** Slots whose job has ended, but whose state isn't as new yet: who comes back for the next job must find a place. */
  #aboutToBeFree(): number {
    return this.#slots.filter(
      ({ status, job, leaving }) =>
        !leaving && (status === "cleaning" || (status === "running" && job?.ended)),
    ).length;
  }

  #mayRun(job: Job): boolean {
    const { reservedSlots, reservedPriority } = this.#settings;
    if (job.priority >= reservedPriority || reservedSlots === 0) return true;
    const others = this.#slots.filter((s) => s.job && s.job.priority < reservedPriority).length;
    return others < Math.max(1, this.#slots.length - reservedSlots);
  }

  /** The next job's audio is decoded while others compute; those behind it hold nothing but what the caller gave. */
  #prepareAhead(): void {
    const seated = this.#slots.find(({ status }) => status !== "empty" && status !== "gone");
    const engine = seated?.seat.context.engine.engine;
    if (engine) this.queue.first?.prepare(engine).catch(() => {}); // it has failed the job
  }

  #checkEmpty(): void {
    if (this.queue.size > 0 || this.running.length > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}
