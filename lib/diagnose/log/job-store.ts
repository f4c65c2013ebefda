import type { LoggedJob } from "../log-diagnosis.js";
import type { JobFacts } from "./job-facts.js";
import type { LifePlace } from "./lives.js";

/** Columns are allocated for so many jobs at first, and for twice as many whenever they are full. */
const FIRST_JOBS = 1024;

const COLUMNS = [
  ...["line", "life", "slot", "jobIndex", "audioSeconds", "totalMs", "setUpMs", "segments"],
  ...["windows", "tokens", "fallbackTokens", "uptimeSeconds", "rssBytes", "gpuUsedBytes"],
] as const;
type Column = (typeof COLUMNS)[number];

/** A job as it is judged. */
export interface JudgedJob extends LoggedJob {
  readonly life: number;
  readonly audioSeconds: number;
}

/**
 * The jobs of a log, at most so many: when there are more, every other one is left out, and from then on every other one that
 * comes; and so again. So what is kept is spread evenly, in order.
 */
export class JobStore {
  readonly #most: number;
  #columns = new Map<Column, Float64Array>();
  #stride = 1;
  #kept = 0;
  found = 0;

  constructor(most: number) {
    this.#most = most;
    for (const name of COLUMNS) {
      this.#columns.set(name, new Float64Array(Math.min(FIRST_JOBS, most)));
    }
  }

  get kept(): number {
    return this.#kept;
  }

  add(facts: JobFacts, { life, index }: LifePlace): void {
    const nth = this.found;
    this.found += 1;
    if (nth % this.#stride !== 0) return;
    if (this.#kept === this.#most) {
      this.#halve();
      if (nth % this.#stride !== 0) return;
    }
    if (this.#kept === this.#columns.get("line")!.length) this.#grow();
    const values: Partial<Record<Column, number | undefined>> = { ...facts, life, jobIndex: index };
    for (const [name, column] of this.#columns) column[this.#kept] = values[name] ?? Number.NaN;
    this.#kept += 1;
  }

  /** In the order of their lines. */
  jobs(): JudgedJob[] {
    const lines = this.#columns.get("line")!;
    const order = Array.from({ length: this.#kept }, (_, row) => row);
    return order.sort((a, b) => lines[a]! - lines[b]!).map((row) => this.#job(row));
  }

  #job(row: number): JudgedJob {
    const value = (name: Column) => this.#columns.get(name)![row]!;
    const known = (name: Column) => {
      const number = value(name);
      return Number.isNaN(number) ? undefined : number;
    };
    const slot = known("slot");
    const life = value("life");
    return {
      ...{ line: value("line"), life, jobIndex: value("jobIndex") },
      worker: slot === undefined ? `life ${life}` : `slot ${slot}, life ${life}`,
      ...{ audioSeconds: value("audioSeconds"), totalMs: value("totalMs") },
      ...{ setUpMs: known("setUpMs"), segments: known("segments"), windows: known("windows") },
      ...{ tokens: known("tokens"), fallbackTokens: known("fallbackTokens") },
      ...{ uptimeSeconds: known("uptimeSeconds"), rssBytes: known("rssBytes") },
      gpuUsedBytes: known("gpuUsedBytes"),
    };
  }

  #halve(): void {
    this.#stride *= 2;
    const kept = Math.ceil(this.#kept / 2);
    for (const column of this.#columns.values()) {
      for (let row = 0; row < kept; row++) column[row] = column[2 * row]!;
    }
    this.#kept = kept;
  }

  #grow(): void {
    for (const [name, column] of this.#columns) {
      const larger = new Float64Array(Math.min(2 * column.length, this.#most));
      larger.set(column);
      this.#columns.set(name, larger);
    }
  }
}
