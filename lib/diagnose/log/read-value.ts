import type { Pattern } from "./patterns.js";

/** A value, and which of the lines that were looked at it ends on: 0 is the one it begins on. */
export interface ReadValue {
  readonly value: number;
  /** Segments, where a sentence names them too. */
  readonly segments?: number;
  readonly session?: string;
  readonly endsOn: number;
}

const NUMBER = String.raw`(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})`;
const TIME = new RegExp(String.raw`^ ?${NUMBER} ?(ms|s)?(?![\w.:-])`);
const TOOK = new RegExp(String.raw`^ ?\( ?took ?${NUMBER} ?(ms|s)(?:, ?count=(\d{1,7}))?\)`);
/** A sentence whose end is missing. */
const TOOK_CUT = new RegExp(
  String.raw`^ ?\( ?took ?${NUMBER} ?(ms|s)(?:, ?count=(\d{1,7}))?(?!\w)`,
);
const WHOLE = /^ ?(\d{1,9})(?![\w.:-])/;
const TAG = /^([\w-]{1,64}):(\d{1,9})\]/;
/** The rest of a whole number, at the beginning of a line: nothing follows it, or the next field. */
const REST_OF_WHOLE = /^\d{1,8}(?=\s*$|\s+[a-z_]+=)/;
const REST_BEFORE_FIELD = /^\d{1,8}(?=\s+[a-z_]+=)/;
/** How jobs begin: "phase=transcribe_done". */
const FIRST_PHASE = "phase=transcribe";

/** The value that follows a pattern, if it ends within its line for sure: `rest` is what the line has after the pattern. */
export function readWithin(pattern: Pattern, rest: string): ReadValue | undefined {
  if (pattern.field === "phase") {
    return { value: pattern.text === FIRST_PHASE ? 1 : 0, endsOn: 0 };
  }
  const read = readerOf(pattern)(rest);
  return read?.whole ? { ...read.read, endsOn: 0 } : undefined;
}

/**
 * The value that follows a pattern.
 *
 * @param lines The rest of its line, and a few lines after it: a value that the first one doesn't end may go on in them, with
 *   others in between.
 */
export function readValue(pattern: Pattern, lines: readonly string[]): ReadValue | undefined {
  const reader = readerOf(pattern);
  const first = lines[0] ?? "";
  const alone = reader(first);
  if (alone?.whole) return { ...alone.read, endsOn: 0 };
  if (pattern.field === "index" || pattern.field === "segments") {
    const more = restOfWhole(first.trim(), lines);
    if (more) return more;
  } else {
    for (const [text, endsOn] of joins(lines)) {
      const longer = reader(text);
      if (longer?.unit && longer.length > first.length) return { ...longer.read, endsOn };
    }
  }
  return alone && { ...alone.read, endsOn: 0 };
}

/** The first line with those after it one by one, or with one of those alone. */
function* joins(lines: readonly string[]): Generator<readonly [text: string, endsOn: number]> {
  const [first = ""] = lines;
  let text = first;
  for (let next = 1; next < lines.length; next++) {
    text += lines[next]!;
    yield [text, next];
  }
  for (let next = 2; next < lines.length; next++) yield [first + lines[next]!, next];
}

/** What was read from a text; `length` is the read part's. */
interface Reading {
  readonly read: Omit<ReadValue, "endsOn">;
  readonly length: number;
  /** It has what ends such a value: a unit, a bracket. */
  readonly unit: boolean;
  /** It ends for sure: by that, or as something else follows. */
  readonly whole: boolean;
}

type Reader = (text: string) => Reading | undefined;

function readerOf({ prose, field }: Pattern): Reader {
  if (prose) return took;
  if (field === "tag") return tag;
  if (field === "index" || field === "segments") return whole;
  return field === "audio" || field === "uptime" ? seconds : milliseconds;
}

function took(text: string): Reading | undefined {
  const closed = TOOK.exec(text);
  const match = closed ?? TOOK_CUT.exec(text);
  if (!match) return undefined;
  const value = inMs(match[1]!, match[2]);
  const read = match[3] === undefined ? { value } : { value, segments: Number(match[3]) };
  return { read, length: match[0].length, unit: closed !== null, whole: closed !== null };
}

function tag(text: string): Reading | undefined {
  const match = TAG.exec(text);
  if (!match) return undefined;
  const read = { session: match[1]!, value: Number(match[2]) };
  return { read, length: match[0].length, unit: true, whole: true };
}

function milliseconds(text: string): Reading | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const unit = match[2] !== undefined;
  const whole = unit || match[0].length < text.length;
  return { read: { value: inMs(match[1]!, match[2]) }, length: match[0].length, unit, whole };
}

function seconds(text: string): Reading | undefined {
  const reading = milliseconds(text);
  return reading && { ...reading, read: { value: reading.read.value / 1000 } };
}

function whole(text: string): Reading | undefined {
  const match = WHOLE.exec(text);
  if (!match) return undefined;
  const { length } = match[0];
  return { read: { value: Number(match[1]) }, length, unit: false, whole: length < text.length };
}

/**
 * A whole number has no unit: it goes on only in digits that end their line, or that the next field follows; one that has begun,
 * only in the very next line.
 */
function restOfWhole(first: string, lines: readonly string[]): ReadValue | undefined {
  const last = first === "" ? lines.length - 1 : Math.min(1, lines.length - 1);
  for (let next = 1; next <= last; next++) {
    const rest = (next === 1 ? REST_OF_WHOLE : REST_BEFORE_FIELD).exec(lines[next]!)?.[0];
    if (rest === undefined || !/^\d*$/.test(first) || first.length + rest.length > 9) continue;
    return { value: Number(first + rest), endsOn: next };
  }
  return undefined;
}

function inMs(text: string, unit: string | undefined): number {
  return unit === "ms" ? Number(text) : Number(text) * 1000;
}
