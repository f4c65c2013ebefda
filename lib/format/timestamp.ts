const MS_PER_SECOND = 1000;
const MS_PER_MINUTE = 60 * MS_PER_SECOND;
const MS_PER_HOUR = 60 * MS_PER_MINUTE;

/** Whole milliseconds, never negative; a time that is not a finite number counts as 0. */
export function wholeMs(ms: number): number {
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : 0;
}

/** Start and end of a cue in whole milliseconds: neither is negative, and the end is never before the start. */
export function cueTimesMs(cue: { startMs: number; endMs: number }): {
  startMs: number;
  endMs: number;
} {
  const startMs = wholeMs(cue.startMs);
  return { startMs, endMs: Math.max(startMs, wholeMs(cue.endMs)) };
}

/** `HH:MM:SS<separator>mmm`; hours take more digits when they need them. `ms` is milliseconds. */
export function clock(ms: number, separator: "," | "."): string {
  const whole = wholeMs(ms);
  const hours = pad(Math.floor(whole / MS_PER_HOUR), 2);
  const minutes = pad(Math.floor((whole % MS_PER_HOUR) / MS_PER_MINUTE), 2);
  const seconds = pad(Math.floor((whole % MS_PER_MINUTE) / MS_PER_SECOND), 2);
  return `${hours}:${minutes}:${seconds}${separator}${pad(whole % MS_PER_SECOND, 3)}`;
}

/** `MM:SS.xx` (LRC has no hours: minutes grow, hundredths are cut, not rounded). `ms` is milliseconds. */
export function lrcClock(ms: number): string {
  const whole = wholeMs(ms);
  const minutes = pad(Math.floor(whole / MS_PER_MINUTE), 2);
  const seconds = pad(Math.floor((whole % MS_PER_MINUTE) / MS_PER_SECOND), 2);
  return `${minutes}:${seconds}.${pad(Math.floor((whole % MS_PER_SECOND) / 10), 2)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
