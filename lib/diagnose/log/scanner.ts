import { type Automaton, automatonOf } from "./automaton.js";
import type { Field } from "./field.js";
import { LineTally } from "./line-tally.js";
import { PATTERNS, type Pattern } from "./patterns.js";
import { type ReadValue, readValue, readWithin } from "./read-value.js";

/** Longest line that is read, in bytes. The rest of a longer one is skipped. */
export const MAX_LINE_BYTES = 64 * 1024;
/** How far after a pattern its value may end, in bytes and in lines. */
const AHEAD_BYTES = 4096;
const AHEAD_LINES = 4;
/** How far back from its end a broken pattern may begin. */
const BEHIND_BYTES = 256;
const BUFFER_BYTES = 512 * 1024;
/** Longest text of a line in which a value ends. */
const VALUE_BYTES = 120;
/** A pattern whose line ends in its midst may go on in the head of one of so many lines after the next. */
const RESUME_LINES = 4;
/** Endings of lines that wait for their other half. */
const MOST_BROKEN = 16;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

let made: Automaton | undefined;

/** Made when it is first needed: it takes some 10 ms. */
function automaton(): Automaton {
  made ??= automatonOf(PATTERNS);
  return made;
}

/** What the scanner finds goes here, in order. */
export interface ScannerSink {
  field(field: Field): void;
  /** A line with a field of this package's own. Returns whether it is a job's. */
  own(line: string, number: number): boolean;
}

/** The beginning of a pattern, at the end of a line. */
interface Broken {
  /** Where the pattern begins, and where its line ends. */
  readonly line: number;
  readonly brokenOn: number;
  readonly state: number;
}

/**
 * Reads a log piece by piece, in bounded memory: most of its bytes cost one step of an automaton, and only what follows a
 * pattern ever becomes text. Lines end by LF or CRLF; bytes of no encoding do no harm.
 */
export class LogScanner {
  readonly lines = new LineTally();
  readonly #sink: ScannerSink;
  readonly #automaton = automaton();
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;
  #scanned = 0;
  /** Where the line begins that is being scanned; meaningless once it is cut. */
  #lineStart = 0;
  #line = 1;
  #state = 0;
  #cut = false;
  #ownSeen = false;
  #broken: Broken[] = [];

  constructor(sink: ScannerSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + BUFFER_BYTES - this.#filled);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === BUFFER_BYTES) this.#makeRoom();
    }
  }

  end(): void {
    this.#scan(this.#filled);
    if (this.#cut || this.#filled > this.#lineStart) this.#endLine(this.#filled);
    this.#filled = 0;
  }

  #makeRoom(): void {
    this.#scan(this.#filled - AHEAD_BYTES);
    const behind = this.#scanned - BEHIND_BYTES;
    const from = this.#cut ? behind : Math.min(behind, this.#lineStart);
    this.#buffer.copyWithin(0, from, this.#filled);
    this.#filled -= from;
    this.#scanned -= from;
    this.#lineStart -= from;
  }

  #scan(stop: number): void {
    const buffer = this.#buffer;
    const { classOf, next, classBits, firstFound } = this.#automaton;
    let at = this.#scanned;
    while (at < stop) {
      if (this.#cut) {
        const end = buffer.indexOf(LINE_FEED, at);
        at = end === -1 || end >= stop ? stop : this.#nextLine(end, stop);
        continue;
      }
      const most = Math.min(stop, this.#lineStart + MAX_LINE_BYTES);
      let state = this.#state;
      let byte = 0;
      for (; at < most; at++) {
        byte = buffer[at]!;
        if (byte === LINE_FEED) break;
        state = next[(state << classBits) | classOf[byte]!]!;
        // A carriage return changes no state: what was found is not found again.
        if (state >= firstFound && byte !== CARRIAGE_RETURN) this.#found(state, at + 1);
      }
      this.#state = state;
      if (at < most) at = this.#nextLine(at, stop);
      else if (at < stop) {
        // A line of just that length isn't cut.
        if (buffer[at] === LINE_FEED) at = this.#nextLine(at, stop);
        else this.#cutLine();
      }
    }
    this.#scanned = at;
  }

  #cutLine(): void {
    this.#cut = true;
    this.#state = 0;
    this.lines.cut += 1;
  }

  /** From the line feed at `end` into the next line; returns where to go on. */
  #nextLine(end: number, stop: number): number {
    this.#endLine(end);
    this.#line += 1;
    this.#lineStart = end + 1;
    if (this.#broken.length > 0) this.#resume(stop);
    return end + 1;
  }

  #endLine(end: number): void {
    const own = this.#ownSeen && !this.#cut && this.#isOwn(end);
    this.lines.endLine(this.#line, own);
    this.#ownSeen = false;
    const midst = this.#state !== 0 && this.#state < this.#automaton.firstFound;
    if (midst && !this.#cut) this.#keepBroken(end);
    this.#cut = false;
  }

  #isOwn(end: number): boolean {
    return this.#sink.own(this.#buffer.toString("utf8", this.#lineStart, end), this.#line);
  }

  #keepBroken(end: number): void {
    const { line } = this.#startOf(this.#automaton.depth[this.#state]!, end) ?? {};
    if (line === undefined) return;
    this.#broken.push({ line, brokenOn: this.#line, state: this.#state });
    if (this.#broken.length > MOST_BROKEN) this.#broken.shift();
  }

  /**
   * Whether the new line's head completes a pattern that a line before the last one has begun. (The last one's is in the state:
   * line feeds don't change it.)
   */
  #resume(stop: number): void {
    const { classOf, next, classBits, firstFound, depth } = this.#automaton;
    this.#broken = this.#broken.filter(({ brokenOn }) => this.#line - brokenOn <= RESUME_LINES);
    for (const broken of this.#broken) {
      // After nothing but empty lines, too, the state has it.
      if (this.#line - broken.brokenOn < 2 || this.#state === broken.state) continue;
      let { state } = broken;
      let at = this.#lineStart;
      for (; at < stop && state < firstFound; at++) {
        const following = next[(state << classBits) | classOf[this.#buffer[at]!]!]!;
        if (depth[following] !== depth[state]! + 1) break;
        state = following;
      }
      if (state < firstFound) continue;
      this.#value(this.#automaton.found[state]!, at, broken.line);
      this.#broken = this.#broken.filter((other) => other !== broken);
      return;
    }
  }

  #found(state: number, end: number): void {
    const pattern = this.#automaton.found[state]!;
    const start = this.#startOf(pattern.text.length, end);
    if (!start) return;
    if (start.line < this.#line) {
      // It went on in the next line, where it was to be found first.
      this.#broken = this.#broken.filter(({ brokenOn }) => brokenOn < start.line);
    }
    if (pattern.field === "own") this.#ownSeen = true;
    else this.#value(pattern, end, start.line);
  }

  /** The line on which a text of this length begins that ends before `end`; undefined if it is the end of a longer word. */
  #startOf(length: number, end: number): { readonly line: number } | undefined {
    let line = this.#line;
    let at = end - 1;
    for (let left = length; at >= 0 && left > 0; at--) {
      const byte = this.#buffer[at]!;
      if (byte === LINE_FEED) line -= 1;
      else if (byte !== CARRIAGE_RETURN) left -= 1;
    }
    return at >= 0 && isWord(this.#buffer[at]!) ? undefined : { line };
  }

  #value(pattern: Pattern, end: number, from: number): void {
    const rest = this.#restOfLine(end);
    const read = readWithin(pattern, rest) ?? readValue(pattern, this.#linesFrom(end));
    if (!read) return;
    for (let line = from; line <= this.#line; line++) this.lines.mark(line);
    this.lines.mark(this.#line + read.endsOn);
    this.#emit(pattern, read);
  }

  #emit({ field, prose }: Pattern, { value, session, segments }: ReadValue): void {
    const line = this.#line;
    if (field === "own") return;
    if (field === "tag") this.#sink.field({ name: field, session: session!, job: value, line });
    else this.#sink.field({ name: field, value, prose, line });
    if (segments !== undefined) {
      this.#sink.field({ name: "segments", value: segments, prose, line });
    }
  }

  #restOfLine(from: number): string {
    const most = Math.min(this.#filled, from + VALUE_BYTES);
    let end = from;
    while (end < most && this.#buffer[end] !== LINE_FEED) end += 1;
    if (end > from && end < most && this.#buffer[end - 1] === CARRIAGE_RETURN) end -= 1;
    return this.#buffer.toString("latin1", from, end);
  }

  #linesFrom(from: number): string[] {
    const most = Math.min(this.#filled, from + AHEAD_BYTES);
    const lines: string[] = [];
    for (let at = from; at < most && lines.length <= AHEAD_LINES; ) {
      lines.push(this.#restOfLine(at));
      const end = this.#buffer.indexOf(LINE_FEED, at);
      if (end === -1) break;
      at = end + 1;
    }
    return lines;
  }
}

function isWord(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 97 && byte <= 122) ||
    byte === 95
  );
}
