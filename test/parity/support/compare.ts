import { expect } from "vitest";
import type { TranscribeResult } from "../../../lib/index.js";
import type { ReferenceResult } from "./reference.js";

/** Equal probabilities: float to JavaScript number and back costs nothing, so this is generous. */
export const P_TOLERANCE = 1e-5;

/**
 * Checks that a result is upstream's: language, texts, token ids and times exactly, probabilities within 1e-5.
 * `startsFrom`: upstream's start times are junk (no timestamps); ours are those of the windows.
 */
export function expectParity(
  ours: TranscribeResult,
  theirs: ReferenceResult,
  what: string,
  { junkStarts = false } = {},
): void {
  expect(plain(ours, junkStarts), what).toEqual(plainReference(ours, theirs, junkStarts));
  const probabilities = ours.segments.flatMap(({ tokens }) => tokens.map(({ p }) => p));
  const expected = theirs.segments.flatMap(({ tokens }) => tokens.map(({ p }) => p));
  const worst = Math.max(0, ...probabilities.map((p, i) => Math.abs(p - expected[i]!)));
  expect(worst, `${what}: largest difference of a token's probability`).toBeLessThanOrEqual(
    P_TOLERANCE,
  );
}

function plain({ language, segments }: TranscribeResult, junkStarts: boolean) {
  return {
    language,
    segments: segments.map(({ startMs, endMs, text, tokens }) => ({
      startMs: junkStarts ? undefined : startMs,
      endMs,
      text,
      tokens: tokens.map(({ id, text, startMs, endMs }) => ({ id, text, startMs, endMs })),
    })),
  };
}

/**
 * Upstream's result in our units. A token has times where ours has, so that none of them goes unnoticed. Upstream lets
 * tokens end (and begin) before the segment that they are in; ours are within it.
 */
function plainReference(
  ours: TranscribeResult,
  { language, segments }: ReferenceResult,
  junkStarts: boolean,
) {
  return {
    language,
    segments: segments.map((segment, i) => ({
      startMs: junkStarts ? undefined : segment.t0 * 10,
      endMs: segment.t1 * 10,
      text: segment.text,
      tokens: segment.tokens.map(({ id, text, t0, t1 }, j) => {
        // Without tokenTimestamps upstream's are -1.
        const timed = t0 >= 0 || ours.segments[i]?.tokens[j]?.startMs !== undefined;
        const ms = (cs: number) => (timed ? Math.max(cs, segment.t0) * 10 : undefined);
        return { id, text, startMs: ms(t0), endMs: ms(t1) };
      }),
    })),
  };
}
