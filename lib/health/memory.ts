import { WhisperArgumentError } from "../errors.js";
import type { Anchor } from "./cost-model.js";
import type { DetectorState } from "./detector-state.js";
import type { LadderMemory } from "./ladder.js";
import type { NoiseMemory } from "./noise.js";
import type { Cure } from "./preventive.js";
import { RUNGS } from "./sample.js";

/** Changes with the meaning of what is saved. */
const VERSION = 1;

/** What a detector has learned, as plain JSON. It holds for one model, its options and one machine: keep one for each. */
export interface HealthMemory {
  readonly version: typeof VERSION;
  readonly models: readonly { readonly kind: string; readonly anchors: readonly Anchor[] }[];
  readonly noise: NoiseMemory;
  /** Levels of the machine's signal at the baseline's jobs. */
  readonly machineUsual: readonly number[];
  readonly ladders: { readonly own: LadderMemory; readonly common: LadderMemory };
  /** Slowdowns that were cured. */
  readonly cures: readonly Cure[];
}

export function memoryOf(state: DetectorState): HealthMemory {
  const models = [...state.models.entries()].map(([kind, model]) => ({
    kind,
    anchors: model.anchors.slice(),
  }));
  return {
    version: VERSION,
    models,
    noise: state.noise.memory,
    machineUsual: state.machine.usual.slice(),
    ladders: { own: state.ladders.own.memory, common: state.ladders.common.memory },
    cures: state.preventive.cures.slice(),
  };
}

/** Checks what was read from somewhere. Throws `ERR_WHISPER_INVALID_ARG`. */
export function checkMemory(memory: unknown): HealthMemory {
  const m = memory as HealthMemory;
  expect(isObject(memory), memory, "what memory() returned");
  expect(m.version === VERSION, m.version, `of version ${VERSION}`);
  expect(Array.isArray(m.models) && m.models.every(isModel), m.models, "with a list of models");
  const { noise, ladders } = m;
  expect(isObject(noise) && positive(noise.sigma) && amount(noise.jobs), noise, "with its noise");
  expect(numbers(m.machineUsual), m.machineUsual, "with the machine's levels");
  expect(
    isObject(ladders) && isLadder(ladders.own) && isLadder(ladders.common),
    ladders,
    "with what was learned about the rungs",
  );
  expect(Array.isArray(m.cures) && m.cures.every(isCure), m.cures, "with what was cured");
  return m;
}

function expect(holds: boolean, value: unknown, expected: string): void {
  if (!holds) throw new WhisperArgumentError("memory", value, expected);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function amount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function positive(value: unknown): boolean {
  return amount(value) && (value as number) > 0;
}

function numbers(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => Number.isFinite(item));
}

function isModel(value: unknown): boolean {
  if (!isObject(value) || typeof value.kind !== "string" || !Array.isArray(value.anchors))
    return false;
  return value.anchors.every(
    (anchor) =>
      isObject(anchor) &&
      positive(anchor.windows) &&
      [anchor.tokens, anchor.fallbackTokens, anchor.encodeMs, anchor.decodeMs].every(amount),
  );
}

function isRung(value: unknown): boolean {
  return RUNGS.some((rung) => rung === value);
}

function isCure(value: unknown): boolean {
  return isObject(value) && isRung(value.rung) && amount(value.creep);
}

function isLadder(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.entries(value).every(
    ([rung, score]) =>
      isRung(rung) && isObject(score) && amount(score.helped) && amount(score.failed),
  );
}
