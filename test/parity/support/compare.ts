import { expect } from "vitest";
import type { TranscribeResult } from "../../../lib/index.js";
import type { ReferenceOptions, ReferenceResult } from "./reference.js";

/** Equal probabilities: float to JavaScript number and back costs nothing, so this is generous. */
export const P_TOLERANCE = 1e-5;

/**
 * Checks that the result of a job with these options is upstream's: language, texts, token ids and times exactly,
 * probabilities within 1e-5. `on`: what ran it. `junkStarts`: upstream's start times are junk (no timestamps).
 */
export function expectParity(
  ours: TranscribeResult,
  theirs: ReferenceResult,
  options: ReferenceOptions,
  on: string,
  { junkStarts = false } = {},
): void {
  const what = `${JSON.stringify(options)} on ${on}`;
  const timed = options.tokenTimestamps ?? false;
  expect(plain(ours, junkStarts), what).toEqual(plainReference(theirs, timed, junkStarts));
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
      tokens: tokens.map(({ p, ...token }) => token),
    })),
  };
}

/** Upstream's result in our units. Its tokens may end (and begin) before the segment that they are in; ours don't. */
function plainReference(
  { language, segments }: ReferenceResult,
  timed: boolean,
  junkStarts: boolean,
) {
  return {
    language,
    segments: segments.map((segment) => ({
      startMs: junkStarts ? undefined : segment.t0 * 10,
      endMs: segment.t1 * 10,
      text: segment.text,
      tokens: segment.tokens.map(({ id, text, t0, t1, dtw }) => {
        const ms = (cs: number) => (timed ? Math.max(cs, segment.t0) * 10 : absent(cs));
        return {
          id,
          text,
          startMs: ms(t0),
          endMs: ms(t1),
          dtwMs: dtw < 0 ? absent(dtw) : 10 * dtw,
        };
      }),
    })),
  };
}

/** Upstream's -1 for a time that wasn't computed; anything else would be one that ours lacks. */
function absent(cs: number): number | undefined {
  return cs === -1 ? undefined : cs;
}
