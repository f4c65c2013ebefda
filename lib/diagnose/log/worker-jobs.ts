import { Draft } from "./draft.js";
import type { Field } from "./field.js";
import type { JobFacts } from "./job-facts.js";

/** Jobs that are told of at the same time, each by its tag. */
const MOST_OPEN = 64;
/** Tags whose jobs are done, so that a late line of theirs makes no other job. */
const MOST_DONE = 256;
/** A job without a tag that has its time is done so many lines later. */
const APART_LINES = 64;
const NO_TAG = "";

/** Puts the worker's fields together to jobs. */
export class WorkerJobs {
  readonly #found: (job: JobFacts) => void;
  /** By tag, the one that was touched last at the end. */
  readonly #open = new Map<string, Draft>();
  readonly #done = new Set<string>();
  #current = NO_TAG;
  incomplete = 0;

  constructor(found: (job: JobFacts) => void) {
    this.#found = found;
  }

  take(field: Field): void {
    if (field.name === "tag") {
      this.#switchTo(`${field.session}:${field.job}`, field.session);
      return;
    }
    const tag = this.#current;
    let draft = this.#open.get(tag);
    if (!draft && tag !== NO_TAG) return; // a late line of a job that is done
    if (draft && tag === NO_TAG && draft.hasTotal && field.line - draft.line > APART_LINES) {
      this.#finish(draft);
      draft = undefined;
    }
    draft ??= new Draft();
    const next = draft.take(field);
    if (next) this.#finish(draft);
    this.#open.set(tag, next ?? draft);
  }

  end(): void {
    for (const draft of this.#open.values()) this.#finish(draft);
    this.#open.clear();
  }

  #switchTo(tag: string, session: string): void {
    this.#current = tag;
    if (this.#done.has(tag)) return;
    const draft = this.#open.get(tag) ?? new Draft({ session });
    this.#open.delete(tag);
    this.#open.set(tag, draft);
    if (this.#open.size <= MOST_OPEN) return;
    const [[oldest, least]] = this.#open as unknown as [[string, Draft]];
    this.#open.delete(oldest);
    this.#done.add(oldest);
    this.#finish(least);
    if (this.#done.size > MOST_DONE) this.#done.delete(this.#done.values().next().value!);
  }

  #finish(draft: Draft): void {
    const job = draft.finish();
    if (job === "incomplete") this.incomplete += 1;
    else if (job) this.#found(job);
  }
}
