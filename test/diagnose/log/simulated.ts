import type { JudgedJob } from "../../../lib/diagnose/log/job-store.js";
import { seededRandom } from "../../../lib/health/random.js";

/** What is true of a simulated log. */
export interface Truth {
  /** log(slowdown) by the job's number in its life, from 0, and its number in the log. */
  readonly slowdown?: (inLife: number, inLog: number) => number;
  /** Jobs of a life; by default all jobs are of one. */
  readonly lifeJobs?: number;
  /** Bursts of other load, x1.5 for 15 jobs, begin with this probability. */
  readonly bursts?: number;
  readonly outliers?: number;
  /** Mean length of audio in s, by the share of the log that is over. */
  readonly meanAudio?: (share: number) => number;
  readonly noise?: number;
  /** Bytes that each job adds to the memory. */
  readonly leak?: number;
  /** Tokens and windows are in the log. */
  readonly tokens?: boolean;
}

/** Noise with heavier tails than a normal distribution's: Student's t with 5 degrees of freedom, of variance 1. */
export function noiseOf(random: () => number): () => number {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return () => {
    let squares = 0;
    for (let k = 0; k < 5; k++) squares += normal() ** 2;
    return (normal() / Math.sqrt(squares / 5)) * Math.sqrt(3 / 5);
  };
}

/** Jobs of a worker whose truth is known. */
export function simulatedJobs(seed: number, n: number, truth: Truth): JudgedJob[] {
  const random = seededRandom(seed);
  const noise = noiseOf(random);
  const { slowdown = () => 0, lifeJobs = n, bursts = 0, outliers = 0, leak = 0 } = truth;
  const { meanAudio = () => 8, noise: sd = 0.1, tokens = false } = truth;
  let drift = 0;
  let burst = 0;
  let walk = 0;
  return Array.from({ length: n }, (_, inLog) => {
    const inLife = inLog % lifeJobs;
    drift = 0.97 * drift + 0.01 * noise();
    if (burst === 0 && random() < bursts) burst = 15;
    burst = Math.max(0, burst - 1);
    const audioSeconds = meanAudio(inLog / n) * Math.exp(0.6 * noise());
    const words = Math.round(audioSeconds * 3 * Math.exp(0.2 * noise()));
    const windows = Math.ceil(audioSeconds / 30);
    const work = tokens ? 500 * windows + 40 * words : 800 + 150 * audioSeconds;
    const level = slowdown(inLife, inLog) + drift + (burst > 0 ? Math.log(1.5) : 0) + sd * noise();
    walk += 2e5 * noise();
    return {
      line: inLog + 1,
      life: 1 + Math.floor(inLog / lifeJobs),
      worker: `life ${1 + Math.floor(inLog / lifeJobs)}`,
      jobIndex: inLife + 1,
      audioSeconds,
      totalMs: work * Math.exp(level) * (random() < outliers ? 3 : 1),
      setUpMs: undefined,
      segments: undefined,
      windows: tokens ? windows : undefined,
      tokens: tokens ? words : undefined,
      fallbackTokens: tokens ? 0 : undefined,
      uptimeSeconds: undefined,
      rssBytes: 2e9 + leak * inLife + walk + 1e6 * noise(),
      gpuUsedBytes: undefined,
    };
  });
}
