import { WhisperPoolError } from "../errors.js";
import type { Job } from "./job.js";
import { JobQueue } from "./queue.js";
import type { QueueSettings } from "./settings.js";
import type { Slot } from "./slot.js";

/** Brings jobs and slots together. */
export class Dispatcher {
  readonly queue = new JobQueue();
  readonly #settings: QueueSettings;
  #slots: readonly Slot[] = [];
  /** Jobs whose turn has come, and the end of whose streams hasn't. */
  readonly #streaming = new Set<Job>();
  #aboutToPrepare = false;
  #stopped = false;
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

  /** Jobs that wait for a slot, or for the end of their streams. */
  get waiting(): Job[] {
    return [...this.#streaming, ...this.queue.jobs()];
  }

  /** Gives the job a slot, or a place in the queue. @throws {WhisperPoolError} `ERR_WHISPER_QUEUE_FULL` */
  add(job: Job): void {
    const ahead = this.queue.sizeFrom(job.priority) + this.#streamingFrom(job.priority);
    if (ahead >= this.#settings.maxWaiting && !this.#findsSlot(job, ahead)) {
      throw new WhisperPoolError(
        "ERR_WHISPER_QUEUE_FULL",
        `the queue is full: ${ahead} jobs of this priority or higher wait (queue.maxWaiting is ${this.#settings.maxWaiting}); try again later`,
      );
    }
    this.queue.add(job);
    this.pump();
  }

  /** One that was interrupted goes back to its old place, whatever the queue's limit: it has been accepted. */
  addAgain(job: Job): void {
    this.queue.add(job);
    this.pump();
  }

  /** A job has ended, whether it was waiting or running. */
  ended(job: Job): void {
    this.#streaming.delete(job);
    this.queue.remove(job);
    this.pump();
  }

  /** Takes no job from the queue any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Gives slots that are idle to the jobs whose turn it is. Call whenever a slot or the queue has changed. */
  pump(): void {
    for (let job = this.queue.first; job && !this.#stopped; job = this.queue.first) {
      const slot = this.#slotFor(job);
      if (!slot) break; // whoever comes after it has no more right to a slot
      this.queue.takeFirst();
      if (job.streaming) this.#readStream(job);
      else job.inScope(() => slot.run(job));
    }
    this.#prepareAhead();
    this.#checkEmpty();
  }

  /** Until its end has come, a stream's job lets others pass: a slow client must not hold a slot. */
  #readStream(job: Job): void {
    this.#streaming.add(job);
    job
      .inScope(() => job.readStream())
      .then(
        () => {
          this.#streaming.delete(job);
          if (job.ended) return;
          this.queue.add(job); // where it was
          this.pump();
        },
        () => {}, // it has failed the job
      );
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
    const idle = this.#slots.filter(
      ({ status, leaving, seat }) => status === "idle" && !leaving && !seat.dead,
    );
    if (idle.length === 0 || !this.#mayRun(job) || this.#apart(job)) return undefined;
    return idle.reduce((a, b) => (b.idleSince < a.idleSince ? b : a));
  }

  /** Whether a full queue needn't keep the job out: it gets a slot now, or in a moment. */
  #findsSlot(job: Job, ahead: number): boolean {
    const { first } = this.queue;
    const isNext = first === undefined || job.priority > first.priority;
    const idle = isNext && this.#slotFor(job) !== undefined;
    if (idle && !job.streaming) return true;
    // Streams are ahead of it that may take that slot, or may never end.
    return ahead < this.#settings.maxWaiting + this.#aboutToBeFree() + (idle ? 1 : 0);
  }

  #streamingFrom(priority: number): number {
    return [...this.#streaming].filter((job) => job.priority >= priority).length;
  }

  /** Slots whose job has ended, but whose state isn't as new yet: who comes back for the next job must find a place. */
  #aboutToBeFree(): number {
    return this.#slots.filter(
      ({ status, job, leaving }) =>
        !leaving && (status === "cleaning" || (status === "running" && job?.ended)),
    ).length;
  }

  /** Whether it has to wait for those that run, or one of them runs alone. */
  #apart(job: Job): boolean {
    const busy = this.#slots.filter(({ status }) => status === "running");
    return job.mustRunAlone ? busy.length > 0 : busy.some((slot) => slot.job?.mustRunAlone);
  }

  #mayRun(job: Job): boolean {
    const { reservedSlots, reservedPriority } = this.#settings;
    if (job.priority >= reservedPriority || reservedSlots === 0) return true;
    const staying = this.#slots.filter(({ leaving }) => !leaving);
    const others = staying.filter((s) => s.job && s.job.priority < reservedPriority).length;
    return others < Math.max(1, staying.length - reservedSlots);
  }

  /**
   * The next job's audio is read and decoded while others compute; those behind it hold nothing but what the caller gave.
   * Not at once: of many jobs that end together, each is next for a moment.
   */
  #prepareAhead(): void {
    if (this.#aboutToPrepare || !this.queue.first) return;
    this.#aboutToPrepare = true;
    queueMicrotask(() => {
      this.#aboutToPrepare = false;
      const { first } = this.queue;
      const seated = this.#slots.find(
        ({ status, seat }) => status !== "empty" && status !== "gone" && !seat.dead,
      );
      if (!first || !seated || this.#stopped || this.#apart(first)) return;
      // One that may have ended an engine, or be about to, gets near the next one in its own turn.
      if (first.interruptions > 0 || first.reading) return;
      const { engine } = seated.seat.context;
      if (!first.streaming) first.inScope(() => first.prepare(engine)).catch(() => {});
      else if (this.#streaming.size === 0) this.#readAhead(first);
    });
  }

  #readAhead(job: Job): void {
    this.queue.remove(job);
    this.#readStream(job);
  }

  #checkEmpty(): void {
    if (this.queue.size + this.#streaming.size > 0 || this.running.length > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}
