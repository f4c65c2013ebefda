import type { Field, ValueName } from "./field.js";
import { isPlausible, type JobFacts } from "./job-facts.js";

type Values = Map<ValueName, number>;
type ValueField = Exclude<Field, { name: "tag" }>;

/** Times and lengths that differ by no more than this, in ms and s, are the same, rounded. */
const ROUNDING: Partial<Record<ValueName, number>> = { setUp: 6, total: 6, audio: 0.006 };
/** A clock that was read a little earlier is no restart. */
const UPTIME_SLACK_S = 0.5;

/**
 * What is known of a job so far. The worker tells of each twice, in sentences and in key=value records; a record has each of
 * its names once, in any order, so that a name that comes again begins another one, of the same job or of the next.
 */
export class Draft {
  readonly #session: string | undefined;
  readonly #hasTag: boolean;
  #values: Values;
  /** Names that sentences have told. */
  readonly #said = new Set<ValueName>();
  /** Fields of the record that is being read, and what was known before it. */
  #record: Values;
  #before: Values = new Map();
  line = 0;

  constructor(tag?: { readonly session: string }, record: Values = new Map()) {
    this.#session = tag?.session;
    this.#hasTag = tag !== undefined;
    this.#values = new Map(record);
    this.#record = record;
  }

  get hasTotal(): boolean {
    return this.#values.has("total");
  }

  /** Takes a field in; one that can't be this job's gives the draft of the next job, with all that is its own already. */
  take(field: ValueField): Draft | undefined {
    const { name, value, prose } = field;
    if (prose || this.#beginsRecord(name)) {
      this.#record = new Map();
      this.#before = new Map(this.#values);
    }
    if (this.#beginsAnother(field)) {
      const moved = this.#record.has("total") ? new Map<ValueName, number>() : this.#record;
      if (moved.size > 0) this.#values = this.#before;
      const next = new Draft(this.#hasTag ? { session: this.#session ?? "" } : undefined, moved);
      next.take(field);
      return next;
    }
    this.#values.set(name, value);
    if (prose) this.#said.add(name);
    else this.#record.set(name, value);
    this.line = field.line;
    return undefined;
  }

  /** The job; "incomplete" without its time or its audio's length; undefined if nothing of a job is known. */
  finish(): JobFacts | "incomplete" | undefined {
    const value = (name: ValueName) => this.#values.get(name);
    const totalMs = value("total");
    const audioSeconds = value("audio");
    if (
      totalMs === undefined ||
      audioSeconds === undefined ||
      !isPlausible(totalMs, audioSeconds)
    ) {
      const known = (["setUp", "total", "audio", "index"] as const).some((name) =>
        this.#values.has(name),
      );
      return known ? "incomplete" : undefined;
    }
    return {
      ...{ line: this.line, session: this.#session, totalMs, audioSeconds },
      ...{
        jobIndex: value("index"),
        setUpMs: value("setUp"),
        segments: value("segments"),
      },
      uptimeSeconds: value("uptime"),
    };
  }

  /** Set-up and the time after it end different phases, which have records of their own. */
  #beginsRecord(name: ValueName): boolean {
    const other = { setUp: "total", total: "setUp" } as const;
    if (name === "setUp" || name === "total") {
      return this.#record.has(name) || this.#record.has(other[name]);
    }
    return this.#record.has(name);
  }

  #beginsAnother({ name, value, prose }: ValueField): boolean {
    const known = this.#values.get(name);
    if (prose && this.#said.has(name)) return true;
    if (name === "uptime") return known !== undefined && value < known - UPTIME_SLACK_S;
    if (name === "phase") return value === 1 && this.hasTotal && !this.#record.has("total");
    if (known !== undefined && Math.abs(known - value) > (ROUNDING[name] ?? 0)) return true;
    // Jobs begin with their set-up: after a time it is the next one's, unless something names the job.
    if (name !== "setUp" || known !== undefined || !this.hasTotal) return false;
    return !this.#hasTag && !this.#record.has("index");
  }
}
