import type { Rung } from "../../lib/health/sample.js";

/** Scenarios that are judged together, in the order of the table. */
export const GROUPS = [
  "quiet",
  "contention bursts",
  "step in one unit",
  "creep in one unit",
  "creep in all units",
  "burst and step",
  "recurring step",
  "no reset helps",
  // Beyond the public streams: no gate covers these.
  "creep, no reset helps",
  "two units",
  "no machine signal",
  "constant machine signal",
  "shared fault",
] as const;
export type Group = (typeof GROUPS)[number];

/**
 * Lengths of audio. "sine": tones without speech, which fall back to the last temperature, then normal. "shift": from
 * dictation to long recordings in the middle. "report": 3.66, 10.94 and 30 s in turn.
 */
export type Mix = "normal" | "sine" | "shift" | "report";

export interface FaultPlan {
  readonly course: "step" | "creep";
  readonly magnitude: number;
  /** "one": of a random unit. "all": of each unit by itself. */
  readonly units?: "all";
  /** "start": from the first job. "together": all units at once, after some jobs. Default: each after some jobs. */
  readonly onset?: "start" | "together";
  /** What cures it; several: one of them, at random. Default: any rung, the cheaper the likelier. */
  readonly cure?: "none" | readonly Rung[];
  readonly recursAfter?: number;
}

export interface Scenario {
  readonly group: Group;
  readonly units: number;
  /** The units share a context and an engine. */
  readonly shared?: true;
  readonly mix?: Mix;
  readonly fault?: FaultPlan;
  /** All units are slow by a factor for some jobs of the pool, several times. */
  readonly bursts?: { readonly factor: number; readonly jobs: number; readonly count: number };
  /** The machine gets slow by this factor and stays so. */
  readonly machineStep?: number;
  /** Single jobs that are slow. */
  readonly outliers?: { readonly share: number; readonly factor: number };
  /** Factors on the first jobs of the stream. Default: those after a new process. */
  readonly warmUpAtStart?: readonly number[];
  /** What the machine's probe says. Default: the truth, with noise. */
  readonly machine?: "missing" | "constant";
}

const step = (magnitude: number): FaultPlan => ({ course: "step", magnitude });
const creep = (magnitude: number): FaultPlan => ({ course: "creep", magnitude });
const quiet = { group: "quiet", units: 3 } as const;
const steps = { group: "step in one unit", units: 3 } as const;
const creeps = { group: "creep in one unit", units: 3 } as const;
const allCreep = { group: "creep in all units", units: 3 } as const;
const bursting = { group: "contention bursts", units: 3 } as const;
const helpless = { group: "no reset helps", units: 3 } as const;
const blind = { group: "no machine signal", units: 3, machine: "missing" } as const;
const misled = { group: "constant machine signal", units: 3, machine: "constant" } as const;
const twoUnits = { group: "two units", units: 2 } as const;
const shared = { group: "shared fault", units: 3, shared: true } as const;
/** A fault of what units share shows in all of them; a reset of one moves that one alone to a new context or engine. */
const ofAll = { units: "all", onset: "together", cure: ["context", "process"] } as const;
const bursts = { factor: 1.5, jobs: 20, count: 4 } as const;
const threeBursts = { ...bursts, count: 3 } as const;

/** Those of the public streams (the specification's names), then others. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  a_stable: quiet,
  b_short_long: { ...quiet, mix: "report" },
  "c_step1.3": { ...steps, fault: step(1.3) },
  "c_step1.5": { ...steps, fault: step(1.5) },
  "c_step2.0": { ...steps, fault: step(2) },
  "c_step2.3": { ...steps, fault: step(2.3) },
  "d_creep0.5": { ...creeps, fault: creep(0.005) },
  d_creep1: { ...creeps, fault: creep(0.01) },
  d_creep2: { ...creeps, fault: creep(0.02) },
  d_creep5: { ...creeps, fault: creep(0.05) },
  d_all_creep1: { ...allCreep, fault: { ...creep(0.01), units: "all", onset: "start" } },
  d_all_creep2: { ...allCreep, fault: { ...creep(0.02), units: "all", onset: "start" } },
  e_burst: { ...bursting, bursts },
  e_burst_long: { ...bursting, bursts: { factor: 1.5, jobs: 60, count: 2 } },
  e_burst_step2: { group: "burst and step", units: 3, bursts: threeBursts, fault: step(2) },
  f_mix_shift: { ...quiet, mix: "shift" },
  g_sine: { ...quiet, mix: "sine" },
  h_outliers: { ...quiet, outliers: { share: 0.05, factor: 3 } },
  i_nofix_one: { ...helpless, fault: { ...step(1.6), cure: "none" } },
  i_nofix_all: { ...helpless, machineStep: 1.6 },
  j_first_slow: { ...quiet, warmUpAtStart: [3, 1.4, 1.1] },
  k1_stable: { ...quiet, units: 1 },
  k1_mix_shift: { ...quiet, units: 1, mix: "shift" },
  k1_burst: { ...bursting, units: 1, bursts: threeBursts },
  "k1_step1.5": { ...steps, units: 1, fault: step(1.5) },
  "k1_step2.0": { ...steps, units: 1, fault: step(2) },
  k1_creep2: { ...creeps, units: 1, fault: creep(0.02) },
  k2_burst: { ...bursting, units: 2, bursts },
  "k2_step1.5": { ...steps, units: 2, fault: step(1.5) },
  "k6_step1.5": { ...steps, units: 6, fault: step(1.5) },
  l_recur_step2: { group: "recurring step", units: 3, fault: { ...step(2), recursAfter: 25 } },

  i_nofix_creep2: {
    group: "creep, no reset helps",
    units: 3,
    fault: { ...creep(0.02), cure: "none" },
  },
  k2_stable: twoUnits,
  k2_creep2: { ...twoUnits, fault: creep(0.02) },
  k2_burst_long: { ...twoUnits, bursts: { factor: 1.5, jobs: 60, count: 2 } },
  k2_nofix_one: { ...twoUnits, fault: { ...step(1.6), cure: "none" } },
  m_missing_stable: blind,
  m_missing_burst: { ...blind, bursts },
  "m_missing_step1.5": { ...blind, fault: step(1.5) },
  m_missing_k1_stable: { ...blind, units: 1 },
  "m_missing_k1_step2.0": { ...blind, units: 1, fault: step(2) },
  m_constant_stable: misled,
  m_constant_burst: { ...misled, bursts },
  "m_constant_step1.5": { ...misled, fault: step(1.5) },
  m_constant_k1_burst: { ...misled, units: 1, bursts: threeBursts },
  "s_shared_step1.5": { ...shared, fault: { ...step(1.5), ...ofAll } },
  "s_shared_step2.0": { ...shared, fault: { ...step(2), ...ofAll } },
  s_shared_creep2: { ...shared, fault: { ...creep(0.02), ...ofAll } },
  "s_shared_k2_step1.5": { ...shared, units: 2, fault: { ...step(1.5), ...ofAll } },
};

/** The two jobs that the product began with: a public stream, and never generated. */
export const REPORT_SCENARIO = "b_report";

export function groupOf(scenario: string): Group {
  if (scenario === REPORT_SCENARIO) return "quiet";
  const known = SCENARIOS[scenario];
  if (!known) throw new RangeError(`no scenario "${scenario}"`);
  return known.group;
}
