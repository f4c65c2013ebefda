import { times } from "../../health/words.js";
import type { Effect, Interval } from "../diagnosis.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** From here on sizes are in GiB. */
const MANY = 2 * GIB;

/** For what isn't known, in tables. */
export const UNKNOWN = "–";

/** x1.20 */
export function factor(value: number): string {
  return Number.isFinite(value) ? times(value) : UNKNOWN;
}

/** Decimals fall with the size, so that about three digits are left: 0.42, 4.2, 42. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 1 ? 2 : size < 100 ? 1 : 0);
}

export function mebibytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return UNKNOWN;
  if (Math.abs(bytes) < MANY) return `${digits(bytes / MIB)} MiB`;
  return `${(bytes / GIB).toFixed(bytes < 10 * GIB ? 2 : 0)} GiB`;
}

/** 3 ms, 850 ms, 1.25 s, 90 s */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (Math.abs(ms) < 1000) return `${Math.abs(ms) < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  return Math.abs(ms) < 60_000 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(0)} s`;
}

/** Of a run: 45 s, 12 min, 2.5 h */
export function span(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return UNKNOWN;
  if (ms < 90_000) return `${(ms / 1000).toFixed(0)} s`;
  return ms < 5_400_000 ? `${(ms / 60_000).toFixed(0)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

/** An ISO 8601 time to the minute: "2026-03-02 08:15 UTC". */
export function moment(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** 0.123: 12.3 % */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return UNKNOWN;
  const value = 100 * share;
  return `${Math.abs(value) < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** Of an interval: 98 %, 99.6 % */
export function confidence(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}

/** 12,345 */
export function whole(n: number): string {
  return Number.isFinite(n) ? Math.round(n).toLocaleString("en-US") : UNKNOWN;
}

/** "x1.20 [1.12, 1.29]" */
export function factorInterval({ estimate, low, high }: Interval): string {
  if (!Number.isFinite(estimate)) return UNKNOWN;
  return `${factor(estimate)} ${bounds(low, high, (value) => value.toFixed(2))}`;
}

/** An interval of factors alone: "[1.12, 1.29]" */
export function ends({ low, high }: Interval): string {
  return bounds(low, high, (value) => value.toFixed(2));
}

/** "12 % [9.0, 15]" */
export function percentInterval({ estimate, low, high }: Interval): string {
  if (!Number.isFinite(estimate)) return UNKNOWN;
  return `${percent(estimate)} ${bounds(low, high, (share) => percent(share).replace(" %", ""))}`;
}

/** "0.212 s [0.197, 0.229]" */
export function secondsInterval({ estimate, low, high }: Interval): string {
  if (!Number.isFinite(estimate)) return UNKNOWN;
  return `${estimate.toFixed(3)} s ${bounds(low, high, (seconds) => seconds.toFixed(3))}`;
}

/** "0.42 MiB [0.30, 0.54] per job" */
export function bytesPerJobInterval({ estimate, low, high }: Interval): string {
  if (!Number.isFinite(estimate)) return UNKNOWN;
  const mib = (bytes: number) => digits(bytes / MIB);
  return `${mib(estimate)} MiB ${bounds(low, high, mib)} per job`;
}

export function effectText(effect: Effect | Interval | undefined): string {
  if (effect === undefined) return UNKNOWN;
  const unit = "unit" in effect ? effect.unit : "factor";
  if (unit === "bytes-per-job") return bytesPerJobInterval(effect);
  return unit === "share" ? percentInterval(effect) : factorInterval(effect);
}

/** An end that isn't finite is one that the jobs don't bound. */
function bounds(low: number, high: number, show: (value: number) => string): string {
  const end = (value: number) => (Number.isFinite(value) ? show(value) : "?");
  return `[${end(low)}, ${end(high)}]`;
}
