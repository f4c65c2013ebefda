/** What a slowdown may look like over a unit's jobs, and how likely. */
export interface FaultShape {
  /** Level at the last job before the reset. */
  readonly level: number;
  /** Growth of the slowdown's factor per job; 0 for a step. */
  readonly slope: number;
  /** Log of its weight, given the jobs before the reset. */
  readonly logWeight: number;
}

/** A job's level, and its place among its unit's jobs. */
export interface LevelAt {
  readonly ordinal: number;
  readonly level: number;
}

/** Slopes per job that are tried, as factors: from 0.3 %, which takes 50 jobs to matter, to 10 %. */
const SLOPES = [0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.065, 0.08, 0.1];
/** Levels around the latest jobs' median that a ramp may have reached. */
const AROUND = [-0.1, -0.05, 0, 0.05, 0.1, 0.15, 0.2];
/** Least level: that there is a slowdown has been decided, and a shape without one would fit either verdict. */
const LEAST_LEVEL = 0.09;
/** Slopes within a factor 1.7 of a creep that was cured before are likelier by this. */
const FAMILIAR_FACTOR = 0.53;
const FAMILIAR = 10;
/** Fewest jobs that a step is seen in. */
const LEAST_STEP_JOBS = 3;
/** An error beyond this many sigma is an outlier, and its size says nothing (Tukey's bounded loss, truncated quadratic). */
const OUTLIER_SIGMAS = 2.5;

/** Log likelihood of an error, up to a constant. */
export function logLikelihood(error: number, sigma: number): number {
  const e = Math.min(Math.abs(error) / sigma, OUTLIER_SIGMAS);
  return -0.5 * e * e;
}

/**
 * Shapes that explain the levels before a reset: a step (0, then one level) at any job, or a ramp
 * log(max(1, exp(level) - slope * jobs before the last)). Half of the prior weight each. After the reset, either verdict has
 * to reckon with the same slope: a cured creep starts again from zero, and grows.
 */
export function faultShapes(
  levels: readonly LevelAt[],
  sigma: number,
  knownCreep = 0,
): FaultShape[] {
  const shapes = [...steps(levels, sigma), ...ramps(levels, sigma, knownCreep)];
  const most = Math.max(...shapes.map(({ logWeight }) => logWeight));
  return shapes.map((shape) => ({ ...shape, logWeight: shape.logWeight - most }));
}

function steps(levels: readonly LevelAt[], sigma: number): FaultShape[] {
  const least = Math.min(LEAST_STEP_JOBS, levels.length);
  const count = levels.length - least + 1;
  const found: FaultShape[] = [];
  for (let jobs = least; jobs <= levels.length; jobs++) {
    const level = Math.max(LEAST_LEVEL, medianLevel(levels.slice(-jobs)));
    let logWeight = Math.log(0.5 / count);
    levels.forEach((at, index) => {
      const expected = index >= levels.length - jobs ? level : 0;
      logWeight += logLikelihood(at.level - expected, sigma);
    });
    found.push({ level, slope: 0, logWeight });
  }
  return found;
}

function ramps(levels: readonly LevelAt[], sigma: number, knownCreep: number): FaultShape[] {
  const last = levels.at(-1)!.ordinal;
  const latest = medianLevel(levels.slice(-5));
  const found: FaultShape[] = [];
  for (const slope of SLOPES) {
    for (const around of AROUND) {
      const level = Math.max(LEAST_LEVEL, latest + around);
      const end = Math.exp(level);
      let logWeight =
        Math.log(0.5 / SLOPES.length / AROUND.length) + familiarity(slope, knownCreep);
      for (const at of levels) {
        const expected = Math.log(Math.max(1, end - slope * (last - at.ordinal)));
        logWeight += logLikelihood(at.level - expected, sigma);
      }
      found.push({ level, slope, logWeight });
    }
  }
  return found;
}

/** Log of how much likelier a slope is, after creeps like it were cured. */
function familiarity(slope: number, knownCreep: number): number {
  if (knownCreep <= 0) return 0;
  const factor = Math.abs(Math.log(slope / knownCreep));
  return factor <= FAMILIAR_FACTOR ? Math.log(FAMILIAR) : 0;
}

function medianLevel(levels: readonly LevelAt[]): number {
  const sorted = levels.map(({ level }) => level).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
