import { median } from "simple-statistics";
import { fitDecode, TERMS } from "./cost-fit.js";
import type { HealthSample } from "./sample.js";

/** Coefficients of a cost model in ms. */
export interface Coefficients {
  readonly encodePerWindow: number;
  readonly decodePerWindow: number;
  readonly decodePerToken: number;
  readonly decodePerFallbackToken: number;
  /** Per token times mean tokens of a window / 100: later tokens attend to more of them. */
  readonly decodePerTokenPair: number;
}

/** What a baseline job was and took. */
export interface Anchor {
  readonly windows: number;
  readonly tokens: number;
  readonly fallbackTokens: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

type Work = Pick<HealthSample, "windows" | "tokens" | "fallbackTokens">;

/** New anchors until the next fit. */
const REFIT_EVERY = 4;
/** A share of the expected time this much outside of all the anchors' is new. */
const NOVEL_MARGIN = 0.03;
/** Least time in ms that a logarithm is taken of. */
const LEAST_MS = 1e-3;

/**
 * What a job should take:
 *
 *     encode = be * windows
 *     decode = b0 * windows + b1 * (tokens + 1) + b2 * fallbackTokens + b3 * tokens^2 / (100 * windows)
 *
 * with coefficients from the anchors (see `fitDecode`).
 */
export class CostModel {
  readonly #kept: number;
  readonly #needed: number;
  #anchors: Anchor[] = [];
  #fresh = 0;
  #encode = 0;
  #decode: readonly number[] | undefined;
  /** Least and greatest share of each term among the anchors. */
  #shares: readonly (readonly [number, number])[] = [];

  constructor(kept: number, needed: number, anchors: readonly Anchor[] = []) {
    this.#kept = kept;
    this.#needed = needed;
    this.#anchors = anchors.slice(-kept);
    if (this.#anchors.length >= needed) this.#fit();
  }

  get ready(): boolean {
    return this.#decode !== undefined;
  }

  get anchors(): readonly Anchor[] {
    return this.#anchors;
  }

  get coefficients(): Coefficients | undefined {
    const b = this.#decode;
    if (!b) return undefined;
    return {
      encodePerWindow: this.#encode,
      decodePerWindow: b[0]!,
      decodePerToken: b[1]!,
      decodePerFallbackToken: b[2]!,
      decodePerTokenPair: b[3]!,
    };
  }

  /** Returns whether the coefficients have changed. */
  add(anchor: Anchor): boolean {
    this.#anchors.push(anchor);
    if (this.#anchors.length > this.#kept) this.#anchors.shift();
    this.#fresh += 1;
    if (this.#anchors.length < this.#needed) return false;
    if (this.#decode && this.#fresh < REFIT_EVERY) return false;
    this.#fit();
    return true;
  }

  /** Takes all of them in, and fits. */
  addAll(anchors: readonly Anchor[]): void {
    for (const anchor of anchors) this.#anchors.push(anchor);
    this.#anchors = this.#anchors.slice(-this.#kept);
    if (this.#anchors.length >= this.#needed) this.#fit();
  }

  /** Expected encode time in ms. */
  encodeMs(work: Work): number {
    return this.#encode * work.windows;
  }

  /** Expected decode time in ms. */
  decodeMs(work: Work): number {
    const b = this.#decode!;
    const { windows, tokens, fallbackTokens } = work;
    return (
      b[0]! * windows +
      b[1]! * (tokens + 1) +
      b[2]! * fallbackTokens +
      (b[3]! * tokens * tokens) / windows / 100
    );
  }

  /** Whether most of these jobs spend their time in shares that no anchor had: then the model guesses. */
  isNovel(works: readonly Work[]): boolean {
    let novel = 0;
    for (const work of works) {
      const shares = this.#sharesOf(work);
      const outside = shares.some((share, term) => {
        const [least, most] = this.#shares[term]!;
        return share < least - NOVEL_MARGIN || share > most + NOVEL_MARGIN;
      });
      if (outside) novel += 1;
    }
    return novel > works.length / 2;
  }

  #sharesOf(work: Work): number[] {
    const b = this.#decode!;
    const parts = terms(work).map((term, index) => term * b[index]!);
    parts.push(this.encodeMs(work));
    const total = parts.reduce((sum, part) => sum + part, 0);
    return parts.map((part) => part / total);
  }

  #fit(): void {
    this.#fresh = 0;
    const rows = this.#anchors.map((anchor) => terms(anchor));
    const times = this.#anchors.map(({ decodeMs }) => Math.max(decodeMs, LEAST_MS));
    this.#encode = Math.max(
      LEAST_MS,
      median(this.#anchors.map(({ encodeMs, windows }) => encodeMs / windows)),
    );
    this.#decode = fitDecode(rows, times);
    const shares = this.#anchors.map((anchor) => this.#sharesOf(anchor));
    this.#shares = Array.from({ length: TERMS + 1 }, (_, term) => {
      const values = shares.map((share) => share[term]!);
      return [Math.min(...values), Math.max(...values)] as const;
    });
  }
}

function terms({ windows, tokens, fallbackTokens }: Work): number[] {
  return [windows, tokens + 1, fallbackTokens, (tokens * tokens) / windows / 100];
}
