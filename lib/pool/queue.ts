import { Heap } from "heap-js";
import type { Job } from "./job.js";

interface Waiting {
  /** Undefined: it has left the queue from its midst, and its place is given up when it comes to the front. */
  job: Job | undefined;
  priority: number;
  /** Place among jobs of the same priority. */
  sequence: number;
}

/** Given-up places beyond which the heap is built anew. */
const MOST_GIVEN_UP = 64;

/** Jobs that wait for a slot: by priority, then first in first out. */
export class JobQueue {
  readonly #heap = new Heap<Waiting>((a, b) => b.priority - a.priority || a.sequence - b.sequence);
  readonly #entries = new Map<Job, Waiting>();
  /** Numbers of jobs by priority. */
  readonly #counts = new Map<number, number>();
  #sequence = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Jobs that have the same right to a slot as one of this priority, or more. */
  sizeFrom(priority: number): number {
    let size = 0;
    for (const [other, count] of this.#counts) if (other >= priority) size += count;
    return size;
  }

  /** Behind those of the same priority; one that was here before, in its old place. */
  add(job: Job): void {
    job.sequence ??= this.#sequence++;
    const entry = { job, priority: job.priority, sequence: job.sequence };
    this.#entries.set(job, entry);
    this.#heap.push(entry);
    this.#count(job, 1);
  }

  /** The job whose turn it is. */
  get first(): Job | undefined {
    let entry = this.#heap.peek();
    while (entry !== undefined && entry.job === undefined) {
      this.#heap.pop();
      entry = this.#heap.peek();
    }
    return entry?.job;
  }

  takeFirst(): Job | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.#heap.pop();
    this.#entries.delete(first);
    this.#count(first, -1);
    return first;
  }

  /** Takes a job out, wherever it is, in constant time on average. */
  remove(job: Job): void {
    const entry = this.#entries.get(job);
    if (entry === undefined) return;
    entry.job = undefined;
    this.#entries.delete(job);
    this.#count(job, -1);
    if (this.#heap.size() > 2 * this.#entries.size + MOST_GIVEN_UP) {
      this.#heap.init([...this.#entries.values()]);
    }
  }

  /** All of them. */
  jobs(): IterableIterator<Job> {
    return this.#entries.keys();
  }

  #count({ priority }: Job, by: 1 | -1): void {
    const count = (this.#counts.get(priority) ?? 0) + by;
    if (count > 0) this.#counts.set(priority, count);
    else this.#counts.delete(priority);
  }
}
