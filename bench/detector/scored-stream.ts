import type { StreamScore } from "./replay.js";
import { type Group, groupOf } from "./scenarios.js";
import type { Stream } from "./stream.js";
import { type Summary, summarize } from "./summary.js";

export interface ScoredStream {
  readonly stream: Stream;
  readonly score: StreamScore;
}

/** One summary for the streams of a group; undefined if there are none. */
export function summaryOf(scored: readonly ScoredStream[], group: Group): Summary | undefined {
  const scores = scored
    .filter(({ stream }) => groupOf(stream.scenario) === group)
    .map(({ score }) => score);
  return scores.length === 0 ? undefined : summarize(scores);
}
