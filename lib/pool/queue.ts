import { Heap } from "heap-js";
import type { Job } from "./job.js";

interface Waiting {
  job: Job;
  /** Place among jobs of the same priority. */
  sequence: number;
}

/** Jobs that wait for a slot: by priority, then first in first out. */
export class JobQueue {
  readonly #heap = new Heap<Waiting>(
    (a, b) => b.job.priority - a.job.priority || a.sequence - b.sequence,
  );
  readonly #entries = new Map<Job, Waiting>();
  #sequence = 0;

  get size(): number {
    return this.#entries.size;
  }

  add(job: Job): void {
    const entry = { job, sequence: this.#sequence++ };
    this.#entries.set(job, entry);
    this.#heap.push(entry);
  }

  /** The job whose turn it is. */
  get first(): Job | undefined {
    return this.#heap.peek()?.job;
  }

  takeFirst(): Job | undefined {
    const job = this.#heap.pop()?.job;
    if (job !== undefined) this.#entries.delete(job);
    return job;
  }

  /** Whether it was waiting. */
  remove(job: Job): boolean {
    const entry = this.#entries.get(job);
    if (entry === undefined) return false;
    this.#entries.delete(job);
    return this.#heap.remove(entry);
  }

  /** All of them, the longest waiting first. */
  jobs(): Job[] {
    return [...this.#entries.keys()];
  }
}
