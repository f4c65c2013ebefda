import type { Coefficients } from "../cost-model.js";
import type { DetectorState } from "../detector-state.js";
import { count, seconds, times } from "../words.js";
import { ofFewJobs } from "./few-jobs.js";
import type { HealthReport, UnitReport } from "./report.js";

/** A machine slower by this factor is worth a word. */
const MACHINE_SLOWER = 1.15;
/** A normal that is worth a word. */
const SLOWER = 1.05;

/** The report in sentences. */
export function summaryOf(report: Omit<HealthReport, "summary">, state: DetectorState): string[] {
  const learned = report.models.some(({ coefficients }) => coefficients);
  const sentences = learned ? baseline(report) : ofFewJobs(state.firstJobs, needed(state));
  return [
    ...sentences,
    ...machine(report),
    ...(learned ? report.units.map(unit) : []),
    ...decisions(report),
  ];
}

/** Jobs of the pool until there is a baseline, and some to judge by it. */
function needed({ parameters, units }: DetectorState): number {
  const { anchorsNeeded, warmUpJobs, leastJobs } = parameters;
  return anchorsNeeded + warmUpJobs.process * units.length + leastJobs;
}

function baseline({ models, noise }: HealthReport | Omit<HealthReport, "summary">): string[] {
  const sentences = models.map(({ kind, anchors, coefficients }) => {
    const of = kind === "" ? "" : ` of kind ${JSON.stringify(kind)}`;
    if (!coefficients) return `Jobs${of}: ${count(anchors, "job")} so far, too few for a baseline.`;
    return `Jobs${of} cost ${costs(coefficients)}, learned from ${count(anchors, "job")}.`;
  });
  return [
    ...sentences,
    `Noise: a job differs from that by ${(100 * (noise - 1)).toFixed(0)} % as a rule.`,
  ];
}

function costs(c: Coefficients): string {
  return (
    `${seconds(c.encodePerWindow + c.decodePerWindow)} per window of 30 s, ` +
    `${c.decodePerToken.toFixed(1)} ms per token and ` +
    `${c.decodePerFallbackToken.toFixed(1)} ms per token that a fallback threw away`
  );
}

function machine(report: Omit<HealthReport, "summary">): string[] {
  const { slower } = report.machine;
  const sentences: string[] = [];
  if (report.normal > SLOWER) {
    sentences.push(
      `All slots are slower than at first by ${times(report.normal)}, and that is taken for normal.`,
    );
  }
  if (slower !== undefined && slower > MACHINE_SLOWER) {
    sentences.push(
      `The machine is slower than usual by ${times(slower)}: contention, for which nothing is reset.`,
    );
  }
  return sentences;
}

function unit({ unit, state, residuals, normal }: UnitReport): string {
  const took = residuals
    ? `its jobs took ${times(residuals.p50)} of what was expected (8 of 10: ${times(residuals.p10)} to ${times(residuals.p90)})`
    : "no job counts yet";
  switch (state) {
    case "warming":
      return `Slot ${unit} is warming up: ${took}.`;
    case "healthy":
      return `Slot ${unit} is healthy: ${took}.`;
    case "suspect":
      return `Slot ${unit} is suspect, not clearly enough for a reset: ${took}.`;
    case "confirming":
      return `Slot ${unit} was found slow and waits for a clip of known work: ${took}.`;
    case "resetting":
      return `Slot ${unit} waits for its reset: ${took}.`;
    case "verifying":
      return `Slot ${unit} was reset, and whether that helped isn't known yet: ${took}.`;
    case "given-up":
      return `Slot ${unit} is slower by ${times(normal)}, which no reset cured: measured against that, ${took}.`;
  }
}

function decisions({ decisions: d }: Omit<HealthReport, "summary">): string[] {
  const all = d.resets.state + d.resets.context + d.resets.process;
  if (all + d.gaveUp + d.reAnchored + d.overBudget === 0)
    return ["Nothing was reset, and there was no alarm."];
  const sentences: string[] = [];
  if (all > 0) {
    sentences.push(
      `${count(all, "reset")}: ${d.resets.state} of a state, ${d.resets.context} of a context, ` +
        `${d.resets.process} of a process; ${d.preventive} preventive. ` +
        `${d.helped} verified to help, ${d.notHelped} not to.`,
    );
  }
  if (d.gaveUp > 0) sentences.push(`Given up ${count(d.gaveUp, "time")}, as no reset helps.`);
  if (d.overBudget > 0)
    sentences.push(`${count(d.overBudget, "reset")} called for beyond the budget.`);
  if (d.reAnchored > 0)
    sentences.push(
      `The baseline was learned anew ${count(d.reAnchored, "time")}, for new kinds of work.`,
    );
  return sentences;
}
