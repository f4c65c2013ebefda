import type { Rung } from "../../engine/rungs.js";
import type { Arm } from "../arms.js";
import type { Interval } from "../diagnosis.js";
import type { Findings } from "./findings.js";
import { medianInterval } from "./median-interval.js";
import { percent } from "./phrases.js";

/** Of each of the two medians of a price; together 95 %. */
const CONFIDENCE = 0.975;

/** What making a rung anew takes. */
export interface Cost {
  /** Of one reset, in jobs. */
  readonly share: Interval;
  readonly ms: number;
  readonly inPlace: boolean;
}

const ARM_OF: Readonly<Record<Rung, Arm>> = {
  state: "fresh-state",
  context: "fresh-context",
  process: "fresh-process",
};

/** What making a rung anew takes; of a state that is reset in place or made anew, the cheaper one. */
export function costOf(findings: Findings, rung: Rung): Cost | undefined {
  const jobMs = medianInterval(
    findings.jobs
      .filter(({ measurement }) => measurement.arm !== "other")
      .map(({ totalMs }) => totalMs),
    CONFIDENCE,
  );
  const own = findings.jobsOf(ARM_OF[rung]).map(({ measurement }) => measurement);
  const made = medianInterval(
    own.map(({ setUpMs }) => setUpMs),
    CONFIDENCE,
  );
  const reset = medianInterval(
    own.flatMap(({ resetMs }) => (resetMs === undefined ? [] : [resetMs])),
    CONFIDENCE,
  );
  const inPlace = reset !== undefined && (made === undefined || reset.estimate < made.estimate);
  const cost = inPlace ? reset : made;
  if (!cost || !jobMs) return undefined;
  const share = {
    estimate: cost.estimate / jobMs.estimate,
    low: cost.low / jobMs.high,
    high: cost.high / jobMs.low,
    confidence: Math.max(0, cost.confidence + jobMs.confidence - 1),
  };
  return { share, ms: cost.estimate, inPlace };
}

/** A price, and the cost of one reset that it comes of. */
export function priceWords(cost: Cost | undefined, price: Interval | undefined): string {
  if (!cost || !price) return "What it costs wasn't measured.";
  const how = cost.inPlace ? "in place " : "";
  return `One takes ${cost.ms.toFixed(1)} ms ${how}(${percent(cost.share.estimate)} of a job): ${percent(price.estimate)} of the time.`;
}
