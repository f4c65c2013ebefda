import type { CostModel } from "./cost-model.js";
import type { HealthSample } from "./sample.js";

/** All of the job's time, or only what the decoder took: a fault of the decoder is plainer there. */
export const CHANNELS = ["total", "decode"] as const;
export type Channel = (typeof CHANNELS)[number];

/** Decode time alone is noisier: the encoder's part is steady. */
export const CHANNEL_NOISE: Readonly<Record<Channel, number>> = { total: 1, decode: 1.15 };

/** Least time in ms that a logarithm is taken of. */
const LEAST_MS = 1e-3;

/** A job against its baseline. */
export class Job {
  readonly unit: number;
  /** Its place among all samples: neighbours in it ran at about the same time. */
  readonly order: number;
  /** Its place among its unit's jobs. */
  readonly ordinal: number;
  readonly seq: number;
  readonly atMs: number;
  readonly sinceReset: number;
  readonly windows: number;
  readonly tokens: number;
  readonly fallbackTokens: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
  readonly totalMs: number;
  readonly model: CostModel;
  expectedMs = 0;
  /** Residuals: log(actual / expected). */
  total = 0;
  decode = 0;
  /** Of a unit that was found slow: no control for others. */
  tainted = false;

  constructor(sample: HealthSample, model: CostModel, order: number, ordinal: number) {
    this.unit = sample.unit;
    this.order = order;
    this.ordinal = ordinal;
    this.seq = sample.seq;
    this.atMs = sample.atMs;
    this.sinceReset = sample.sinceReset;
    this.windows = Math.max(1, sample.windows);
    this.tokens = sample.tokens;
    this.fallbackTokens = sample.fallbackTokens;
    this.encodeMs = sample.encodeMs;
    this.decodeMs = sample.decodeMs;
    this.totalMs = sample.encodeMs + sample.decodeMs;
    this.model = model;
  }

  /** After each fit of the model. */
  compare(): void {
    const decodeMs = this.model.decodeMs(this);
    this.expectedMs = this.model.encodeMs(this) + decodeMs;
    this.total = Math.log(Math.max(this.totalMs, LEAST_MS) / this.expectedMs);
    this.decode = Math.log(Math.max(this.decodeMs, LEAST_MS) / decodeMs);
  }
}

/** A job without honest times says nothing. */
export function isTimed({
  encodeMs,
  decodeMs,
  windows,
  tokens,
  fallbackTokens,
}: HealthSample): boolean {
  return (
    encodeMs >= 0 &&
    decodeMs >= 0 &&
    encodeMs + decodeMs > 0 &&
    Number.isFinite(encodeMs + decodeMs + windows + tokens + fallbackTokens)
  );
}
