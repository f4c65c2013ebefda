import type { Segment } from "../../lib/types.js";

export function segment(
  startMs: number,
  endMs: number,
  text: string,
  more: Partial<Segment> = {},
): Segment {
  return { index: 0, startMs, endMs, text, tokens: [], speakerTurnNext: false, ...more };
}

export const sample = {
  language: "en",
  segments: [
    segment(0, 1340, " zero one", {
      tokens: [
        { id: 257, text: " zero", p: 0.5, startMs: 0, endMs: 700, dtwMs: 320 },
        { id: 258, text: " one", p: 0.25 },
      ],
    }),
    segment(3_723_004, 3_725_678, ' "two" <b> & three --> four\\'),
  ],
};
