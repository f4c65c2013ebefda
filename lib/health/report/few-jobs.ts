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
  const sentences = [
    `${few} too few to judge: it takes about ${needed} to know what work costs here.`,
  ];
  return n === 1 ? sentences : [...sentences, ...lineOf(jobs), ...paceOf(jobs)];
}

/** Time = fixed part + cost per second of audio: if that fits, nothing has become slower. */
function lineOf(jobs: readonly TimedJob[]): string[] {
  const lengths = jobs.map(({ audioSeconds }) => audioSeconds);
  const shortest = Math.min(...lengths);
  const longest = Math.max(...lengths);
  if (longest - shortest <= SAME_LENGTH * longest) {
    const times = jobs.map(({ totalMs }) => totalMs);
    const range = `${seconds(Math.min(...times))} to ${seconds(Math.max(...times))}`;
    return [
      `They are of about the same length (${longest.toFixed(2)} s of audio) and took ${range}.`,
    ];
  }
  const { m, b } = linearRegression(jobs.map((job) => [job.audioSeconds, job.totalMs]));
  if (m < 0) return ["Longer audio took less time: something else than its length decides."];
  const worst = Math.max(
    ...jobs.map(({ audioSeconds, totalMs }) => Math.abs(b + m * audioSeconds - totalMs) / totalMs),
  );
  const cost = `a fixed part of ${seconds(b)} and ${seconds(m)} per second of audio`;
  const all = jobs.length === 2 ? "both" : `all ${jobs.length}`;
  if (worst <= EXACT) {
    const free = jobs.length === 2 ? ", with nothing left over that could show a slowdown" : "";
    return [`One constant cost fits ${all} exactly: ${cost}${free}.`];
  }
  const within = `within ${(100 * worst).toFixed(0)} %`;
  if (worst <= GOOD) return [`One constant cost fits ${all} ${within}: ${cost}.`];
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
