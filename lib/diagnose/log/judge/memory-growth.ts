import { median } from "simple-statistics";
import { spreadOf } from "../../../health/spread.js";
import { intervalOf } from "../../analysis/interval.js";
import type { LogFinding } from "../../log-diagnosis.js";
import type { JudgedJob } from "../job-store.js";
import { byLife } from "./by-life.js";
import { clipped } from "./clipped.js";
import { estimateOf, LOG_LEVELS } from "./estimate.js";

/** Jobs of a life until its memory has settled: buffers grow to their greatest size. */
const SETTLING = 3;
/** Jobs of a stretch whose growth is one observation, at most and at least; and stretches that are needed. */
const MOST_STRETCH = 50;
const LEAST_STRETCH = 4;
const NEEDED = 6;
/** Share of the memory by which a job makes it grow: above the first it's a leak, below the second it's none. */
const LEAK = 2e-4;
const NO_LEAK = 1e-3;
/** Growth farther from the median, in units of the spread, counts as this far: a buffer that was made once is no leak. */
const CLIP = 3;

const MIB = 1024 * 1024;

/**
 * Growth of a worker's memory per job, from increments over stretches of jobs: those of a random walk are independent, so
 * that wandering isn't taken for growth, and those of noise around a level cancel.
 */
export function judgeMemory(jobs: readonly JudgedJob[]): LogFinding {
  const known = jobs.filter(({ rssBytes }) => rssBytes !== undefined);
  const base = { id: "memory", title: "Memory grows with each job", jobs: known.length } as const;
  const growth = growthOf(known);
  if (growth.length < NEEDED) {
    const says =
      known.length === 0
        ? "The log doesn't tell what memory the worker had."
        : "Too few jobs tell what memory the worker had.";
    return { ...base, verdict: "no evidence", effect: undefined, says: [says] };
  }
  const level = median(known.map(({ rssBytes }) => rssBytes!));
  const estimate = estimateOf(clipped(growth, CLIP * spreadOf(growth)));
  const effect = intervalOf(estimate, LOG_LEVELS.effect);
  const verdict =
    effect.low > LEAK * level
      ? "supported"
      : intervalOf(estimate, LOG_LEVELS.equivalence).high < NO_LEAK * level
        ? "refuted"
        : "undetermined";
  const pace = `${(effect.estimate / MIB).toFixed(2)} MiB per job (${(effect.low / MIB).toFixed(2)} to ${(effect.high / MIB).toFixed(2)})`;
  const says = {
    supported: `Memory grows by ${pace}, of ${(level / MIB).toFixed(0)} MiB.`,
    refuted: `Memory doesn't grow by an amount that matters: ${pace}.`,
    undetermined: `Whether memory grows can't be told: ${pace}.`,
  }[verdict];
  return { ...base, verdict, effect, says: [says] };
}

function growthOf(jobs: readonly JudgedJob[]): number[] {
  const settled = byLife(jobs, ({ life }) => life).map((life) => life.slice(SETTLING));
  const longest = Math.max(0, ...settled.map(({ length }) => length));
  const stretch = Math.min(
    MOST_STRETCH,
    Math.max(LEAST_STRETCH, Math.floor(longest / (2 * NEEDED))),
  );
  return settled.flatMap((life) => {
    const growth: number[] = [];
    for (let end = stretch; end < life.length; end += stretch) {
      const [first, last] = [life[end - stretch]!, life[end]!];
      const apart = Math.max(1, last.jobIndex - first.jobIndex);
      growth.push((last.rssBytes! - first.rssBytes!) / apart);
    }
    return growth;
  });
}
