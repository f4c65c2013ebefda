import type { Pattern } from "./patterns.js";

/** Classes of bytes, and bits of their numbers. */
const CLASS_BITS = 6;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Finds any of some texts in a stream of bytes, one table look-up a byte (Aho and Corasick 1975). Line breaks change no
 * state: a text that is broken at any place is found all the same.
 */
export interface Automaton {
  /** The class of each byte. */
  readonly classOf: Uint8Array;
  /** `next[(state << classBits) | classOf[byte]]`; 0 is the first state. */
  readonly next: Uint16Array;
  readonly classBits: number;
  /** States from this one on have found a pattern. */
  readonly firstFound: number;
  /** Bytes of a pattern that have been seen in each state. */
  readonly depth: Uint8Array;
  /** The longest pattern that ends in a state. */
  readonly found: readonly (Pattern | undefined)[];
}

export function automatonOf(patterns: readonly Pattern[]): Automaton {
  const prefixes = new Set([""]);
  for (const { text } of patterns) {
    for (let length = 1; length <= text.length; length++) prefixes.add(text.slice(0, length));
  }
  const endsIn = (prefix: string) =>
    patterns
      .filter(({ text }) => prefix.endsWith(text))
      .reduce<Pattern | undefined>(
        (longest, pattern) =>
          longest && longest.text.length >= pattern.text.length ? longest : pattern,
        undefined,
      );
  const all = [...prefixes].map((prefix) => ({ prefix, pattern: endsIn(prefix) }));
  const plain = all.filter(({ pattern }) => !pattern);
  const states = [...plain, ...all.filter(({ pattern }) => pattern)];
  const numberOf = new Map(states.map(({ prefix }, state) => [prefix, state]));

  const bytes = [...new Set(patterns.flatMap(({ text }) => [...text]))];
  const classOf = new Uint8Array(256); // 0: in no pattern
  for (const [index, byte] of bytes.entries()) classOf[byte.charCodeAt(0)] = index + 1;
  const transparent = bytes.length + 1;
  classOf[LINE_FEED] = transparent;
  classOf[CARRIAGE_RETURN] = transparent;

  const next = new Uint16Array(states.length << CLASS_BITS);
  for (const [state, { prefix }] of states.entries()) {
    next[(state << CLASS_BITS) | transparent] = state;
    for (const [index, byte] of bytes.entries()) {
      let seen = prefix + byte;
      while (!numberOf.has(seen)) seen = seen.slice(1);
      next[(state << CLASS_BITS) | (index + 1)] = numberOf.get(seen)!;
    }
  }
  return {
    ...{ classOf, next, classBits: CLASS_BITS, firstFound: plain.length },
    depth: Uint8Array.from(states, ({ prefix }) => prefix.length),
    found: states.map(({ pattern }) => pattern),
  };
}
