import type { Decision } from "./decision.js";
import { count, emptyTally, type Tally } from "./report/tally.js";

/** Decisions that are kept. */
const KEPT = 100;

/** Something that was decided, or came of it. */
export interface HistoryEntry {
  /** The samples' own time in ms. */
  readonly atMs: number;
  readonly text: string;
  /** Undefined for a mere note. */
  readonly decision: Decision | undefined;
}

/** The latest decisions, the oldest first, and how many there were. */
export class History {
  readonly #entries: HistoryEntry[] = [];
  readonly #tally = emptyTally();

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  get tally(): Tally {
    return this.#tally;
  }

  add(atMs: number, decision: Decision): void {
    count(this.#tally, decision);
    this.#push({ atMs, text: decision.text, decision });
  }

  note(atMs: number, text: string): void {
    this.#push({ atMs, text, decision: undefined });
  }

  #push(entry: HistoryEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT) this.#entries.shift();
  }
}
