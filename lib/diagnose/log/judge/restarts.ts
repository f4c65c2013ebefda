import { median } from "simple-statistics";
import { count, times } from "../../../health/words.js";
import { asFactors, intervalOf } from "../../analysis/interval.js";
import type { LogFinding } from "../../log-diagnosis.js";
import { estimateOf, LOG_LEVELS, slowdownVerdict } from "./estimate.js";
import type { Residual, Residuals } from "./residuals.js";

/** Jobs on each side of a restart that are compared. */
const AROUND = 3;
/** Restarts without which nothing is said of them. */
const NEEDED = 5;

const TITLE = "Restarts make jobs faster";

/** The last jobs before each restart against the first ones after it (and after warm-up). */
export function judgeRestarts({ lives }: Residuals): LogFinding {
  const gains = restarts(lives).map(({ before, after }) => typical(before) - typical(after));
  const base = { id: "restarts", title: TITLE, jobs: gains.length * 2 * AROUND } as const;
  if (gains.length < NEEDED) {
    const says =
      lives.length < 2
        ? "The worker wasn't restarted, as far as the log tells: it can't show what a restart does."
        : `${count(gains.length, "restart")} with ${AROUND} jobs on each side: ${NEEDED} are needed to tell what they do.`;
    return { ...base, verdict: "no evidence", effect: undefined, says: [says] };
  }
  const estimate = estimateOf(gains);
  const verdict = slowdownVerdict(estimate);
  const effect = asFactors(intervalOf(estimate, LOG_LEVELS.effect));
  return { ...base, verdict, effect, says: says(verdict, effect, gains.length) };
}

function says(verdict: LogFinding["verdict"], effect: { estimate: number }, n: number): string[] {
  const factor = times(effect.estimate);
  if (verdict === "supported") {
    return [
      `Before ${n} restarts jobs took ${factor} of what they took after them, for the same work: a restart helps.`,
      "If it was slow jobs that led to the restarts, a part of that would have come by itself (regression to the mean).",
    ];
  }
  if (verdict === "refuted") return [`Jobs are as fast before a restart as after it (${factor}).`];
  return [`What ${n} restarts do can't be told from this log (${factor}, before over after).`];
}

interface Restart {
  readonly before: readonly Residual[];
  readonly after: readonly Residual[];
}

/** Successive lives of one worker or slot, of which the second begins after the first has ended. */
function restarts(lives: Residuals["lives"]): Restart[] {
  const found: Restart[] = [];
  const latest = new Map<string, readonly Residual[]>();
  for (const life of lives) {
    if (life.length < 2 * AROUND) continue;
    const place = placeOf(life);
    const former = latest.get(place);
    latest.set(place, life);
    if (!former || former.at(-1)!.job.line > life[0]!.job.line) continue;
    found.push({ before: former.slice(-AROUND), after: life.slice(0, AROUND) });
  }
  return found;
}

/** "slot 1" of "slot 1, life 7"; nothing for a worker. */
function placeOf(life: readonly Residual[]): string {
  return life[0]!.job.worker.replace(/,? ?life \d+$/, "");
}

function typical(residuals: readonly Residual[]): number {
  return median(residuals.map(({ value }) => value));
}
