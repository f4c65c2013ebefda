import { linearRegression } from "simple-statistics";
import { count, seconds } from "../words.js";

/** A job as it is timed from outside. */
export interface TimedJob {
  readonly audioSeconds: number;
  readonly totalMs: number;
}

/** Lengths of audio within this share of each other are the same work. */
const SAME_LENGTH = 0.05;
/** Errors of a fit, as a share of the job's time: up to this it is exact but for rounding, or good. */
const EXACT = 0.001;
const GOOD = 0.15;

/** What can be said of jobs that are too few for a baseline. */
export function ofFewJobs(jobs: readonly TimedJob[], needed: number): string[] {
  const n = jobs.length;
  if (n === 0) return ["No job has finished yet: there is nothing to judge."];
  const few = n === 1 ? "1 job is" : `${n === 2 ? "Two jobs" : count(n, "job")} are`;
  return [
    `${few} too few to judge: it takes about ${needed} to know what work costs here.`,
    ...comparedByWork(jobs),
  ];
}

/** Whether work alone explains the times of a few jobs. */
export function comparedByWork(jobs: readonly TimedJob[]): string[] {
  return jobs.length < 2 ? [] : [...lineOf(jobs), ...paceOf(jobs)];
}

/** Time = fixed part + cost per second of audio. In ms. */
export interface ConstantCost {
  readonly fixedMs: number;
  readonly perAudioSecondMs: number;
  /** Largest error as a share of a job's time. */
  readonly worstError: number;
  /** It is a matter of rounding. */
  readonly exact: boolean;
}

/** The cost that fits best, by least squares; undefined for lengths that are all about the same. */
export function constantCost(jobs: readonly TimedJob[]): ConstantCost | undefined {
  if (!lengthsDiffer(jobs)) return undefined;
  const { m, b } = linearRegression(jobs.map((job) => [job.audioSeconds, job.totalMs]));
  const worstError = Math.max(
    ...jobs.map(({ audioSeconds, totalMs }) => Math.abs(b + m * audioSeconds - totalMs) / totalMs),
  );
  return { fixedMs: b, perAudioSecondMs: m, worstError, exact: worstError <= EXACT };
}

/** Whether the audio of some is longer than that of others. */
export function lengthsDiffer(jobs: readonly TimedJob[]): boolean {
  if (jobs.length < 2) return false;
  const lengths = jobs.map(({ audioSeconds }) => audioSeconds);
  const longest = Math.max(...lengths);
  return longest - Math.min(...lengths) > SAME_LENGTH * longest;
}

/** If a constant cost fits, nothing has become slower. */
function lineOf(jobs: readonly TimedJob[]): string[] {
  const fit = constantCost(jobs);
  if (!fit) {
    const times = jobs.map(({ totalMs }) => totalMs);
    const range = `${seconds(Math.min(...times))} to ${seconds(Math.max(...times))}`;
    const longest = Math.max(...jobs.map(({ audioSeconds }) => audioSeconds));
    return [
      `They are of about the same length (${longest.toFixed(2)} s of audio) and took ${range}.`,
    ];
  }
  if (fit.perAudioSecondMs < 0) {
    return ["Longer audio took less time: something else than its length decides."];
  }
  const cost = `a fixed part of ${seconds(fit.fixedMs)} and ${seconds(fit.perAudioSecondMs)} per second of audio`;
  const all = jobs.length === 2 ? "both" : `all ${jobs.length}`;
  if (fit.exact) {
    const free = jobs.length === 2 ? ", with nothing left over that could show a slowdown" : "";
    return [`One constant cost fits ${all} exactly: ${cost}${free}.`];
  }
  const within = `within ${(100 * fit.worstError).toFixed(0)} %`;
  if (fit.worstError <= GOOD) return [`One constant cost fits ${all} ${within}: ${cost}.`];
  return [
    `The best constant cost, ${cost}, fits them only ${within}: text and repeats of the decoder count as well.`,
  ];
}

/** Seconds alone mislead: a longer job takes longer. */
function paceOf(jobs: readonly TimedJob[]): string[] {
  const paced = jobs.filter(({ audioSeconds }) => audioSeconds > 0);
  if (paced.length < 2) return [];
  const pace = ({ totalMs, audioSeconds }: TimedJob) => totalMs / audioSeconds;
  const slowest = paced.reduce((a, b) => (b.totalMs > a.totalMs ? b : a));
  const quickest = paced.reduce((a, b) => (b.totalMs < a.totalMs ? b : a));
  if (slowest.audioSeconds <= (1 + SAME_LENGTH) * quickest.audioSeconds) return [];
  const name = (job: TimedJob) => `job ${jobs.indexOf(job) + 1}`;
  const longer = `Cost follows work: ${name(slowest)} took longer than ${name(quickest)} and has more audio`;
  if (pace(slowest) >= pace(quickest)) return [`${longer}.`];
  return [
    `${longer}; per second of audio it is the faster one (${seconds(pace(slowest))} against ${seconds(pace(quickest))}).`,
  ];
}
