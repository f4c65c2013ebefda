import type { Evidence } from "./decision.js";
import type { Rung } from "./sample.js";

/** A factor as it is read: x1.62. */
export function times(factor: number): string {
  return `x${factor.toFixed(2)}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What a reset makes anew. */
export const RESET_OF: Readonly<Record<Rung, string>> = {
  state: "a new state",
  context: "a new context",
  process: "a new process",
};

function slower({ effect, n, z, expectedMs, observedMs }: Evidence): string {
  return (
    `slower by ${times(effect)} over the last ${count(n, "job")} (z ${z.toFixed(1)}; ` +
    `typically ${seconds(observedMs)} where ${seconds(expectedMs)} is expected)`
  );
}

export function regression(unit: number, rung: Rung, evidence: Evidence, control: string): string {
  return `Slot ${unit} is ${slower(evidence)}, ${control}: it gets ${RESET_OF[rung]}.`;
}

export function canary(
  unit: number,
  rung: Rung,
  evidence: Evidence,
  machineKnown: boolean,
): string {
  const machine = machineKnown ? "and the machine isn't" : "for longer than contention would last";
  return `All slots are ${slower(evidence)}, ${machine}: slot ${unit} gets ${RESET_OF[rung]} as a canary.`;
}

export function escalation(unit: number, rung: Rung, evidence: Evidence): string {
  return `Slot ${unit} is still ${slower(evidence)} after the reset below: it gets ${RESET_OF[rung]}.`;
}

export function follow(unit: number, rung: Rung, canaryUnit: number): string {
  return `${capital(RESET_OF[rung])} cured slot ${canaryUnit}: slot ${unit} follows.`;
}

export function preventive(unit: number, rung: Rung, jobs: number, creep: number): string {
  const pace = `${(100 * creep).toFixed(1)} % per job`;
  return (
    `Slot ${unit} gets ${RESET_OF[rung]} after ${count(jobs, "job")}, before it gets slow: ` +
    `a slowdown of about ${pace} was cured by that before.`
  );
}

export function confirm(unit: number, rung: Rung, evidence: Evidence): string {
  return `Slot ${unit} is ${slower(evidence)}: a clip of known work is to confirm it before ${RESET_OF[rung]}.`;
}

export function helped(unit: number, rung: Rung, effect: number, n: number, llr: number): string {
  return `${capital(RESET_OF[rung])} cured slot ${unit} of ${times(effect)} (${count(n, "job")}, log likelihood ratio ${llr.toFixed(1)}).`;
}

export function notHelped(
  unit: number,
  rung: Rung,
  effect: number,
  n: number,
  llr: number,
): string {
  return `${capital(RESET_OF[rung])} did not cure slot ${unit} of ${times(effect)} (${count(n, "job")}, log likelihood ratio ${llr.toFixed(1)}).`;
}

export function ended(unit: number, rung: Rung): string {
  return `The slowdown ended for slots that were not reset as well: ${RESET_OF[rung]} of slot ${unit} had no part in it.`;
}

export function gaveUp(unit: number, effect: number): string {
  return `No reset gives lasting help to slot ${unit}, the cause is elsewhere: ${times(effect)} is its new normal until it ends or grows.`;
}

export function gaveUpAll(effect: number): string {
  return `No reset helps, the cause is elsewhere: ${times(effect)} is the new normal of all slots until it ends or grows.`;
}

export function machineIsSlower(effect: number): string {
  return `The machine itself is slower by ${times(effect)}, and all slots with it: no reset helps. It is the new normal until it ends.`;
}

export function overBudget(unit: number, rung: Rung, perHour: number): string {
  return `Slot ${unit} is due for ${RESET_OF[rung]}, and has had its ${perHour} within the hour.`;
}

export function reAnchored(): string {
  return "All slots differ from what is expected, on work that the baseline has never seen: it is learned anew, and nothing is reset.";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function notReset(unit: number, why: string): string {
  return `Slot ${unit} was not reset: ${why}.`;
}
