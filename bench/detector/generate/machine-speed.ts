import type { Scenario } from "../scenarios.js";
import type { AudioWork } from "./audio.js";
import type { Random } from "./random.js";

/** What work costs on a machine, in ms: what a detector has to learn. */
export interface Costs {
  readonly encodeWindow: number;
  readonly decodeWindow: number;
  readonly token: number;
  readonly fallbackToken: number;
  /** Of the square of the tokens by windows, in hundreds: attention over a longer text. */
  readonly longText: number;
  /** Lasting differences between units (of the logarithm). */
  readonly units: readonly number[];
}

/** Of every decode. */
const FIXED_DECODE_MS = 3;
/** Spread between units, and noise of encode and decode (all of the logarithm). */
const UNIT_SD = 0.02;
const ENCODE_SD = 0.04;
const DECODE_SD = 0.08;
/** Standard deviation of Student's t with 5 degrees of freedom: sqrt(5 / 3). */
const T_SD = 1.29;
/** Jobs that are held up by page faults, collectors of garbage or other stalls. */
const STALLS = 0.005;

export function drawCosts(random: Random, units: number): Costs {
  const encodeWindow = random.uniform(250, 900);
  const token = random.uniform(8, 30);
  return {
    encodeWindow,
    token,
    decodeWindow: token * random.uniform(2, 10),
    fallbackToken: token * random.uniform(0.8, 1.8),
    longText: token * random.uniform(0, 0.3),
    units: Array.from({ length: units }, () => random.normal(UNIT_SD)),
  };
}

/** Time of a job on a unit without a fault, in ms. `slowness`: of the machine, as a factor. */
export function jobCost(
  random: Random,
  costs: Costs,
  job: {
    readonly unit: number;
    readonly work: AudioWork;
    readonly slowness: number;
    readonly outliers: Scenario["outliers"];
  },
): { encodeMs: number; decodeMs: number } {
  const { windows, tokens, fallbackTokens } = job.work;
  const own = costs.units[job.unit] as number;
  let encodeNoise = Math.exp(random.normal(ENCODE_SD) + own) * job.slowness;
  let decodeNoise = Math.exp(heavyTailed(random) + own) * job.slowness;
  if (random.chance(STALLS)) decodeNoise *= random.uniform(1.5, 3);
  if (job.outliers && random.chance(job.outliers.share)) {
    encodeNoise *= job.outliers.factor;
    decodeNoise *= job.outliers.factor;
  }
  const decodeMs =
    costs.decodeWindow * windows +
    costs.token * tokens +
    costs.fallbackToken * fallbackTokens +
    (costs.longText * tokens ** 2) / windows / 100 +
    FIXED_DECODE_MS;
  return {
    encodeMs: costs.encodeWindow * windows * encodeNoise,
    decodeMs: decodeMs * decodeNoise,
  };
}

function heavyTailed(random: Random): number {
  return (DECODE_SD * Math.min(6, Math.max(-6, random.studentT()))) / T_SD;
}
