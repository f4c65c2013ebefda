import { median } from "simple-statistics";
import type { Rung } from "../../engine/rungs.js";
import { count, RESET_OF } from "../../health/words.js";
import type { Interval, Remedy, RemedyId } from "../diagnosis.js";
import type { Findings } from "./findings.js";
import { bytesWords, capital, percent } from "./phrases.js";
import { regressionOf } from "./regression.js";
import { costOf, priceWords } from "./reset-cost.js";
import { gainOf, gainWords, HORIZON_JOBS, type Measured, NO_GAIN, slowdown } from "./reset-gain.js";

/** Jobs between restarts of remedy A and of each of the three workers of remedy B. */
const A_JOBS = 5;
const B_JOBS = 20;
/** Workers of remedy B beyond the first. */
const B_MORE = 2;

/** A reset of one rung every so many jobs. */
interface Plan {
  readonly id: RemedyId;
  readonly title: string;
  readonly rung: Rung;
  readonly jobs: number;
  readonly extraBytes: number | undefined;
}

/** Price and gain of each remedy on this machine, by the set-ups and the slowdown that were measured. */
export function remediesOf(findings: Findings): Remedy[] {
  const regression = regressionOf(findings);
  const common = { findings, regression };
  return [
    nothing(regression),
    planned({
      ...common,
      plan: {
        id: "every-job",
        title: "A reset after every job",
        rung: "state",
        jobs: 1,
        extraBytes: 0,
      },
    }),
    planned({
      ...common,
      plan: {
        id: "every-5-jobs",
        title: "A new process every 5 jobs (A)",
        rung: "process",
        jobs: A_JOBS,
        extraBytes: 0,
      },
    }),
    planned({
      ...common,
      plan: {
        id: "pool-of-3",
        title: "A pool of 3, a new process every 20 jobs each (B)",
        rung: "process",
        jobs: B_JOBS,
        extraBytes: moreWorkers(findings),
      },
    }),
    onRegression(findings, regression),
  ];
}

function nothing(regression: Measured): Remedy {
  const slower =
    regression === undefined
      ? "Whether jobs get slower by it can't be told yet."
      : regression === "none"
        ? "Nothing gets slower that a reset would cure."
        : `Over ${HORIZON_JOBS} jobs they take ${percent(slowdown(regression.perJob.estimate, HORIZON_JOBS))} longer on average.`;
  return {
    id: "nothing",
    title: "Nothing",
    price: { ...NO_GAIN, confidence: 1 },
    gain: { ...NO_GAIN, confidence: 1 },
    horizonJobs: HORIZON_JOBS,
    extraBytes: 0,
    says: slower,
  };
}

function planned({
  findings,
  regression,
  plan,
}: {
  findings: Findings;
  regression: Measured;
  plan: Plan;
}): Remedy {
  const cost = costOf(findings, plan.rung);
  const price = cost && scaled(cost.share, 1 / plan.jobs);
  const gain = gainOf(regression, plan.rung, () => plan.jobs);
  return {
    id: plan.id,
    title: plan.title,
    price,
    gain,
    horizonJobs: HORIZON_JOBS,
    extraBytes: plan.extraBytes,
    says: [
      priceWords(cost, price),
      gainWords(regression, plan.rung, gain),
      memoryWords(plan.extraBytes),
    ]
      .filter((words) => words !== "")
      .join(" "),
  };
}

/** At the rung that cures, as often as is cheapest: N = sqrt(2 C / (r T)) jobs (Harris 1913; see lib/health/preventive.ts). */
function onRegression(findings: Findings, regression: Measured): Remedy {
  const fixed = {
    id: "on-regression",
    title: "A reset when jobs have become slower",
    horizonJobs: HORIZON_JOBS,
    extraBytes: 0,
  } as const;
  if (regression === undefined) {
    return {
      ...fixed,
      price: undefined,
      gain: undefined,
      says: "Whether there is a slowdown can't be told yet.",
    };
  }
  if (regression === "none") {
    return {
      ...fixed,
      price: NO_GAIN,
      gain: NO_GAIN,
      says: "There is no slowdown that a reset would cure: it never resets, and costs nothing.",
    };
  }
  const cost = costOf(findings, regression.rung);
  if (!cost)
    return {
      ...fixed,
      price: undefined,
      gain: undefined,
      says: "What a reset costs wasn't measured.",
    };
  const { estimate, low, high } = regression.perJob;
  const distance = (share: number, perJob: number) => Math.max(1, Math.sqrt((2 * share) / perJob));
  const jobs = distance(cost.share.estimate, estimate);
  const price = {
    estimate: cost.share.estimate / jobs,
    low: cost.share.low / distance(cost.share.low, low),
    high: cost.share.high / distance(cost.share.high, high),
    confidence: cost.share.confidence,
  };
  const gain = gainOf(regression, regression.rung, (perJob) =>
    distance(cost.share.estimate, perJob),
  );
  const often =
    jobs >= HORIZON_JOBS
      ? `less than once in ${HORIZON_JOBS} jobs`
      : jobs < 1.5
        ? "after every job"
        : `about every ${count(Math.round(jobs), "job")}`;
  return {
    ...fixed,
    price,
    gain,
    says: `${capital(RESET_OF[regression.rung])} ${often} is cheapest for a slowdown of ${percent(estimate, 2)} per job. ${gainWords(regression, regression.rung, gain)}`,
  };
}

function scaled({ estimate, low, high, confidence }: Interval, by: number): Interval {
  return { estimate: estimate * by, low: low * by, high: high * by, confidence };
}

/** Memory of the workers beyond the first: of a process with one context and one state, as theirs are. */
function moreWorkers(findings: Findings): number | undefined {
  const readings = findings
    .jobsOf("fresh-process")
    .flatMap(({ measurement: { memory } }) => memory.after?.rssBytes ?? []);
  return readings.length === 0 ? undefined : B_MORE * median(readings);
}

function memoryWords(extraBytes: number | undefined): string {
  return extraBytes ? `It needs ${bytesWords(extraBytes)} more memory.` : "";
}
