import { boolean, type Check, checkEach, integer, number } from "../option-checks.js";
import type { Rung } from "./sample.js";

/** A number for each rung. */
export type PerRung = Readonly<Record<Rung, number>>;

/** What is known of a parameter: the one place for its default, unit, meaning, source and bounds. */
interface Parameter<Value> {
  readonly default: Value;
  readonly unit: string;
  readonly meaning: string;
  readonly source: string;
  readonly check: Check;
}

function parameter<Value>(
  value: Value,
  unit: string,
  check: Check,
  meaning: string,
  source: string,
): Parameter<Value> {
  return { default: value, unit, meaning, source, check };
}

const jobs = integer(1, 100_000);
const level = number(0.01, 3);

function perRung(check: Check): Check {
  return (name, value) => checkEach(value, name, { state: check, context: check, process: check });
}

const SIMULATION =
  "operating point of the closed-loop simulation (docs/health-figures.md); recalibrate on real traces";

/** Levels and effects are natural logarithms of a slowdown: 0.15 is x1.16. */
export const PARAMETERS = {
  // Baseline
  anchorJobs: parameter(
    10,
    "jobs",
    jobs,
    "First jobs of a unit after its start or a verified cure that the baseline is learned from. Later ones aren't: a slow creep must not become the baseline.",
    SIMULATION,
  ),
  anchorsKept: parameter(
    96,
    "jobs",
    jobs,
    "Anchors that a cost model keeps, the latest ones.",
    SIMULATION,
  ),
  leastAnchors: parameter(
    20,
    "jobs",
    jobs,
    "Anchors that are taken at least, of later jobs if need be: a pool of one has few, and a new kind of job may come late.",
    SIMULATION,
  ),
  anchorsNeeded: parameter(
    8,
    "jobs",
    jobs,
    "Anchors before anything is expected of a job.",
    "twice the four coefficients; the prior shape does the rest",
  ),
  warmUpJobs: parameter<PerRung>(
    { state: 0, context: 2, process: 3 },
    "jobs",
    perRung(integer(0, 1000)),
    "Jobs after a reset that aren't looked at: caches and clocks have to warm up.",
    SIMULATION,
  ),
  kindsKept: parameter(
    16,
    "kinds",
    integer(1, 10_000),
    "Kinds of job with a cost model; the least recently used one is dropped.",
    "bounds the memory",
  ),
  // Noise
  noisePrior: parameter(0.15, "level", level, "Noise of a job before it is measured.", SIMULATION),
  noisePriorJobs: parameter(10, "jobs", jobs, "Weight of that prior.", SIMULATION),
  noiseFloor: parameter(
    0.05,
    "level",
    level,
    "Least noise that is believed in: a few lucky jobs must not make a hair trigger.",
    SIMULATION,
  ),
  // Detection
  windowJobs: parameter(
    64,
    "jobs",
    integer(8, 1000),
    "Jobs of a unit that are looked back on.",
    SIMULATION,
  ),
  leastJobs: parameter(5, "jobs", jobs, "Fewest slow jobs in a row that count.", SIMULATION),
  clipSigmas: parameter(
    2,
    "sigma",
    number(0.5, 10),
    "Residuals count up to this, so that one outlier is no evidence.",
    "Huber's psi",
  ),
  threshold: parameter(
    4.4,
    "z",
    number(1, 20),
    "Standardised sum from which a unit is slow against its baseline.",
    "ROC of the simulation: 5.2 is calmer and later",
  ),
  leastEffect: parameter(
    0.15,
    "level",
    level,
    "Smallest slowdown that matters.",
    "ROC of the simulation: 0.20 is calmer and later",
  ),
  controlThreshold: parameter(
    3.5,
    "z",
    number(0, 20),
    "The same, against the control.",
    "one-sided p < 0.0003",
  ),
  controlShare: parameter(
    0.35,
    "share",
    number(0, 1),
    "Least share of the slowdown that the control doesn't have.",
    SIMULATION,
  ),
  commonShare: parameter(
    0.75,
    "share",
    number(0, 1),
    "controlShare where the machine's signal is the only control: it may show less of contention than jobs feel.",
    SIMULATION,
  ),
  soloLeastJobs: parameter(
    5,
    "jobs",
    jobs,
    "leastJobs in a pool of one, where there are no peers.",
    SIMULATION,
  ),
  soloThreshold: parameter(5, "z", number(1, 20), "threshold in a pool of one.", SIMULATION),
  soloEffect: parameter(0.18, "level", level, "leastEffect in a pool of one.", SIMULATION),
  // All units slow together
  commonEffect: parameter(
    0.18,
    "level",
    level,
    "leastEffect for a slowdown that all units share.",
    SIMULATION,
  ),
  commonLeastJobs: parameter(
    10,
    "jobs",
    jobs,
    "leastJobs for it when the machine's signal says that the machine isn't to blame.",
    SIMULATION,
  ),
  commonPatienceJobs: parameter(
    24,
    "jobs of a unit",
    jobs,
    "leastJobs for it without that signal: contention looks the same until it ends.",
    "longer than a burst of 60 jobs in a pool of three",
  ),
  machinePatienceJobs: parameter(
    84,
    "jobs of the pool",
    jobs,
    "Slow jobs in a row, the machine slow with them, until that is the new normal.",
    "longer than a burst of 60 jobs",
  ),
  // Spending
  costMs: parameter<PerRung>(
    { state: 25, context: 2500, process: 3500 },
    "ms",
    perRung(number(0, 3_600_000)),
    "What a reset costs. A dearer one has to be called for by more lost time.",
    "stand-ins: the pool passes what it measured",
  ),
  spendFactor: parameter(
    1,
    "factor",
    number(0, 100),
    "Time lost since the onset, over the cost of the reset, from which it is worth it.",
    "ski rental: 1 is 2-competitive (Karlin et al. 1988)",
  ),
  resetsPerHour: parameter<PerRung>(
    { state: 60, context: 12, process: 6 },
    "resets per unit and hour",
    perRung(integer(0, 100_000)),
    "Budget of resets that weren't verified to help.",
    SIMULATION,
  ),
  confirm: parameter(
    false,
    "",
    boolean,
    "Ask for a canary clip before a reset at rung context or process.",
    "a clip of known work has no workload to explain its time away",
  ),
  // Verification
  verdictBound: parameter(
    3.5,
    "log likelihood ratio",
    number(0.5, 20),
    "Evidence for a verdict whether a reset helped.",
    "Wald 1945: log((1 - a) / a), a = 3 % errors",
  ),
  verdictLeastJobs: parameter(3, "jobs", jobs, "Fewest jobs for a verdict.", SIMULATION),
  verdictMostJobs: parameter(
    25,
    "jobs",
    jobs,
    "Jobs after which the likelier side wins.",
    SIMULATION,
  ),
  // After it
  holdJobs: parameter(
    10,
    "jobs of a unit",
    jobs,
    "Rest after a reset that could not be done, wasn't confirmed, or is beyond its budget; of the first two, doubled each time in a row.",
    SIMULATION,
  ),
  gaveUpHoldJobs: parameter(
    100,
    "jobs of a unit",
    jobs,
    "Rest after giving up; doubles each time.",
    "Envoy's outlier ejection grows likewise",
  ),
  preventive: parameter(
    true,
    "",
    boolean,
    "Reset before it gets slow, where resets were verified to cure a slowdown that comes back.",
    "",
  ),
  preventiveAfterCures: parameter(3, "cures", jobs, "Verified cures before that.", SIMULATION),
  preventiveStretch: parameter(
    1.15,
    "factor",
    number(1, 10),
    "Each time the distance grows by this until the slowdown returns: nothing is recycled forever on old evidence.",
    SIMULATION,
  ),
} satisfies Record<string, Parameter<unknown>>;

/** Every parameter of the detector; see `PARAMETERS`. */
export type HealthParameters = {
  readonly [Name in keyof typeof PARAMETERS]: (typeof PARAMETERS)[Name]["default"];
};

/** What a caller may give: some of them, and some of the rungs of those by rung. */
export type HealthOptions = {
  readonly [Name in keyof HealthParameters]?:
    | (HealthParameters[Name] extends PerRung ? Partial<PerRung> : Widened<HealthParameters[Name]>)
    | undefined;
};

type Widened<Value> = Value extends boolean ? boolean : Value;

const CHECKS: Record<string, Check> = Object.fromEntries(
  Object.entries(PARAMETERS).map(([name, { check }]) => [name, check]),
);

const DEFAULTS = Object.fromEntries(
  Object.entries(PARAMETERS).map(([name, { default: value }]) => [name, value]),
) as HealthParameters;

/** The given parameters over the defaults. Throws `ERR_WHISPER_INVALID_ARG`. */
export function healthParameters(given: HealthOptions = {}): HealthParameters {
  checkEach(given, "parameters", CHECKS);
  const merged: Record<string, unknown> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const normal = merged[name];
    merged[name] = typeof normal === "object" ? { ...normal, ...defined(value as object) } : value;
  }
  return merged as HealthParameters;
}

function defined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
