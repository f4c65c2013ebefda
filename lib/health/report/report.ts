import { quantile } from "simple-statistics";
import type { Coefficients } from "../cost-model.js";
import type { DetectorState } from "../detector-state.js";
import { slowRun } from "../glr.js";
import type { History, HistoryEntry } from "../history.js";
import type { Unit } from "../unit.js";
import { summaryOf } from "./summary.js";
import type { Tally } from "./tally.js";

export type UnitState =
  /** After a start or a reset: its jobs don't count yet. */
  | "warming"
  | "healthy"
  /** Slower than expected, not clearly enough for a reset. */
  | "suspect"
  /** Waits for a canary clip, for its reset, or for the verdict on it. */
  | "confirming"
  | "resetting"
  | "verifying"
  /** Slower for good: no reset helped. */
  | "given-up";

export interface UnitReport {
  readonly unit: number;
  readonly state: UnitState;
  readonly jobs: number;
  /** Time of its latest jobs over what was expected: quantiles as factors. Undefined without a baseline. */
  readonly residuals:
    | { readonly p10: number; readonly p50: number; readonly p90: number }
    | undefined;
  /** Slowdown that is its normal, as a factor. */
  readonly normal: number;
}

export interface ModelReport {
  readonly kind: string;
  /** Jobs that it was learned from. */
  readonly anchors: number;
  /** In ms; undefined while there are too few. */
  readonly coefficients: Coefficients | undefined;
}

/** Everything the detector knows, as data and in words. */
export interface HealthReport {
  readonly jobs: number;
  readonly models: readonly ModelReport[];
  /** Noise of one job, as a factor. */
  readonly noise: number;
  readonly machine: {
    readonly known: boolean;
    /** How much slower than usual it is, as a factor; undefined if it isn't known. */
    readonly slower: number | undefined;
  };
  /** Slowdown of all units that is normal, as a factor. */
  readonly normal: number;
  readonly units: readonly UnitReport[];
  readonly decisions: Tally;
  /** The latest 100 decisions and notes, the oldest first. */
  readonly history: readonly HistoryEntry[];
  /** For people. */
  readonly summary: readonly string[];
}

/** Standardised sum from which a unit is suspect: worth a word, not a reset. */
const SUSPECT_Z = 3;

export function reportOf(state: DetectorState, history: History): HealthReport {
  const level = state.machine.level(state.order);
  const data = {
    jobs: state.order + 1,
    models: [...state.models.entries()].map(([kind, model]) => ({
      kind,
      anchors: model.anchors.length,
      coefficients: model.coefficients,
    })),
    noise: Math.exp(state.noise.sigma),
    machine: {
      known: state.machine.known,
      slower: Number.isNaN(level) ? undefined : Math.exp(level),
    },
    normal: Math.exp(state.control.absorbed),
    units: state.units.map((unit) => unitReport(state, unit)),
    decisions: structuredClone(history.tally),
    history: history.entries.slice(),
  };
  return { ...data, summary: summaryOf(data, state) };
}

function unitReport(state: DetectorState, unit: Unit): UnitReport {
  const levels = unit.history.map((job) => state.control.levelOf(job, "total"));
  const at = (p: number) => Math.exp(quantile(levels, p));
  return {
    unit: unit.index,
    state: stateOf(state, unit, levels),
    jobs: unit.jobs,
    residuals: levels.length === 0 ? undefined : { p10: at(0.1), p50: at(0.5), p90: at(0.9) },
    normal: Math.exp(unit.absorbed.total),
  };
}

function stateOf(state: DetectorState, unit: Unit, levels: readonly number[]): UnitState {
  if (unit.phase !== "healthy") return unit.phase;
  if (unit.isSlowForGood) return "given-up";
  const { leastJobs, leastEffect, clipSigmas } = state.parameters;
  const run = slowRun(Float64Array.from(levels), levels.length, state.noise.sigma, {
    leastJobs,
    leastEffect,
    clipSigmas,
    threshold: SUSPECT_Z,
  });
  return run ? "suspect" : "healthy";
}
