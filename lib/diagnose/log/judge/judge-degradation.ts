import { count, times } from "../../../health/words.js";
import { asFactors, intervalOf } from "../../analysis/interval.js";
import type { Verdict } from "../../diagnosis.js";
import type { LogFinding } from "../../log-diagnosis.js";
import { CONFOUNDED, type Drift, driftOf, NEEDED } from "./degradation.js";
import { LOG_LEVELS, slowdownVerdict } from "./estimate.js";
import type { Residuals } from "./residuals.js";

const TITLE = "Jobs get slower as a worker ages";

/** For jobs that are too few for any statistics. */
export function tooFewToDegrade(jobs: number): LogFinding {
  return {
    ...{ id: "degradation", title: TITLE, verdict: "no evidence", effect: undefined, jobs },
    says: [`No evidence of degradation: ${few(jobs)} can't show any.`],
  };
}

function few(jobs: number): string {
  if (jobs === 1) return "one job";
  return jobs === 2 ? "two jobs" : `${jobs} jobs (fewer than ${NEEDED})`;
}

/** Late jobs of each life against early ones, for the same work. */
export function judgeDegradation(residuals: Residuals): LogFinding {
  const drift = driftOf(residuals);
  const jobs = drift.early + drift.late;
  const base = { id: "degradation", title: TITLE, jobs } as const;
  if (!drift.estimate) {
    const says = `No evidence of degradation: no worker lived long enough to show any (${count(residuals.lives.length, "life", "lives")} of workers).`;
    return { ...base, verdict: "no evidence", effect: undefined, says: [says] };
  }
  const effect = asFactors(intervalOf(drift.estimate, LOG_LEVELS.effect));
  const confounded = Math.abs(drift.workByAge) > CONFOUNDED;
  const verdict = confounded ? "undetermined" : slowdownVerdict(drift.estimate);
  const range = `${times(effect.estimate)} of the early ones' time for the same work (98 % interval ${times(effect.low)} to ${times(effect.high)})`;
  const says = [`${OPENING[verdict]}: a worker's late jobs take ${range}.`];
  if (confounded) {
    says.push(
      "Late jobs have other audio than early ones throughout: work and age can't be told apart.",
    );
  }
  if (verdict === "supported") says.push(pace(drift), ...PASSIVE);
  return { ...base, verdict, effect, says };
}

const OPENING: Readonly<Record<Verdict, string>> = {
  supported: "Jobs get slower as the worker ages",
  refuted: "No degradation",
  undetermined: "Whether jobs get slower can't be told from this log",
};

/** What no log can tell. */
const PASSIVE = [
  "A log can't tell what made them slower: other programs on the machine, or other traffic in the later hours, look the same. " +
    "`steady-whisper diagnose` with a model and audio compares aged and fresh states side by side, which can.",
];

function pace({ estimate, apart }: Drift): string {
  const perJob = 100 * Math.expm1(estimate!.value / Math.max(1, apart));
  return `Spread evenly, that is ${perJob.toFixed(perJob < 0.1 ? 3 : 2)} % per job, over ${count(Math.round(apart), "job")}.`;
}
