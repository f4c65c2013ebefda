import { mean } from "simple-statistics";
import type { Contender, Watcher } from "./contender.js";
import { percentile } from "./percentile.js";
import { replay } from "./replay.js";
import type { ScoredStream } from "./scored-stream.js";
import type { Stream } from "./stream.js";

export interface Run {
  readonly scored: readonly ScoredStream[];
  /** Time of `observe` per job, in microseconds. The mean has in it what interrupted it; the median hasn't. */
  readonly observeUs: { readonly mean: number; readonly median: number; readonly p99: number };
}

/** Streams that are replayed first, so that the compiler is done when time counts. */
const WARM_UP_STREAMS = 10;

/** Replays all streams under the decisions of one contender. */
export function runContender(contender: Contender, streams: readonly Stream[]): Run {
  for (const stream of streams.slice(0, WARM_UP_STREAMS)) replay(stream, contender.start(stream));
  const spentUs: number[] = [];
  const timed = (watcher: Watcher): Watcher => ({
    observe(sample) {
      const startMs = performance.now();
      const decisions = watcher.observe(sample);
      spentUs.push(1000 * (performance.now() - startMs));
      return decisions;
    },
  });
  const scored = streams.map((stream) => ({
    stream,
    score: replay(stream, timed(contender.start(stream))),
  }));
  return {
    scored,
    observeUs: {
      mean: mean(spentUs),
      median: percentile(spentUs, 50),
      p99: percentile(spentUs, 99),
    },
  };
}
