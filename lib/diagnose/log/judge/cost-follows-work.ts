import { comparedByWork } from "../../../health/report/few-jobs.js";
import { spreadOf } from "../../../health/spread.js";
import { seconds } from "../../../health/words.js";
import { reachOf } from "../../analysis/student.js";
import type { Interval } from "../../diagnosis.js";
import type { LogFinding } from "../../log-diagnosis.js";
import type { JudgedJob } from "../job-store.js";
import type { Residuals } from "./residuals.js";

/** From so many jobs on a share of the variation is told. */
const NEEDED = 10;
/** Shares of the variation that work explains. */
const MOST = 0.5;
const LITTLE = 0.1;
/** Times whose spread is less than this (as a logarithm) have no variation that needs an explanation. */
const LEAST_SPREAD = 0.1;
const CONFIDENCE = 0.98;

const TITLE = "A job's time follows its work";

/** What can be said without statistics. */
export function fewJobsFollowWork(jobs: readonly JudgedJob[]): LogFinding {
  const says = [...comparedByWork(jobs), ...bySegment(jobs)];
  return {
    ...{ id: "cost-follows-work", title: TITLE, jobs: jobs.length, says },
    ...{ verdict: "no evidence", effect: undefined },
  };
}

/** Two jobs per segment: as misleading a measure as seconds, but the other way round. */
function bySegment(jobs: readonly JudgedJob[]): string[] {
  const [first, second] = jobs;
  if (jobs.length !== 2 || !first?.segments || !second?.segments) return [];
  const [a, b] = [first.totalMs / first.segments, second.totalMs / second.segments];
  if (b >= a || second.totalMs <= first.totalMs) return [];
  return [`Per segment job 2 is the faster one too (${seconds(b)} against ${seconds(a)}).`];
}

/** The share of the variation of times (as logarithms) that work explains. */
export function judgeCostFollowsWork({ all, cost }: Residuals): LogFinding {
  const base = { id: "cost-follows-work", title: TITLE, jobs: all.length } as const;
  // Robust: outliers are explained by nothing.
  const spread = spreadOf(all.map(({ value, work }) => value + work));
  if (all.length < NEEDED || spread < LEAST_SPREAD || cost.by === "none") {
    const says =
      all.length < NEEDED
        ? `It takes ${NEEDED} jobs to tell how much of the variation work explains.`
        : "All jobs have about the same work: there is no variation for it to explain.";
    return { ...base, verdict: "no evidence", effect: undefined, says: [says] };
  }
  const left = spreadOf(all.map(({ value }) => value));
  const share = Math.max(0, 1 - (left / spread) ** 2);
  const effect = shareInterval(share, all.length);
  const verdict =
    effect.low > MOST ? "supported" : effect.high < LITTLE ? "refuted" : "undetermined";
  const work =
    cost.by === "tokens" ? "Windows and tokens explain" : "The length of the audio explains";
  const says = `${work} ${(100 * share).toFixed(0)} % of the variation of the jobs' times.`;
  return { ...base, verdict, effect, says: [says] };
}

/** By Fisher's transformation of the correlation (Fisher 1915). */
function shareInterval(share: number, n: number): Interval {
  const z = Math.atanh(Math.sqrt(Math.min(share, 1 - 1e-12)));
  const reach = reachOf(CONFIDENCE, n) / Math.sqrt(n - 3);
  const at = (value: number) => Math.tanh(Math.max(0, value)) ** 2;
  return { estimate: share, low: at(z - reach), high: at(z + reach), confidence: CONFIDENCE };
}
