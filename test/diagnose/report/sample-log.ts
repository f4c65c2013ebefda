// Diagnoses of logs with known contents: the original case of two jobs, and a long one with a slowdown that restarts cure.

import { randomNormal, randomUniform } from "d3-random";
import type { LogDiagnosis } from "../../../lib/diagnose/log-diagnosis.js";
import { seededRandom } from "../../../lib/health/random.js";

const JOBS_TO_SEE = {
  factor: 1.2,
  samePairs: [9, 15],
  normalised: [8, 12],
  rawSeconds: [400, 600],
} as const;

export function originalLog(): LogDiagnosis {
  const job = (jobIndex: number, audioSeconds: number, totalMs: number, segments: number) => ({
    ...{ line: 4 * jobIndex, worker: "2919CE6E", jobIndex, audioSeconds, totalMs, segments },
    ...{ setUpMs: 4059, windows: undefined, tokens: undefined, fallbackTokens: undefined },
    ...{ uptimeSeconds: 98.9, rssBytes: undefined, gpuUsedBytes: undefined, residual: 1 },
  });
  return {
    kind: "log",
    schema: 1,
    source: "worker.log",
    bytes: 912,
    lines: { all: 12, own: 0, worker: 8, unknown: 4, cut: 0 },
    jobs: { found: 2, kept: 2, incomplete: 0 },
    constantCost: { fixedMs: 2662, perAudioSecondMs: 1513, worstError: 0, exact: true },
    jobsToSee: JOBS_TO_SEE,
    findings: [
      {
        ...{ id: "degradation", title: "Jobs get slower", verdict: "no evidence", jobs: 2 },
        effect: undefined,
        says: ["Two jobs can't show any slowdown: one constant cost explains both."],
      },
      {
        ...{ id: "cost-follows-work", title: "Cost follows work", verdict: "undetermined" },
        ...{ jobs: 2, effect: undefined },
        says: ["Per second of audio the second job is the faster one (1.76 s against 2.24 s)."],
      },
      {
        ...{ id: "lazy-generator", title: "Decoding happens while segments are read" },
        ...{ verdict: "supported", jobs: 2, effect: undefined },
        says: ["Set-up took 4.06 s for both, whatever their length."],
      },
    ],
    points: [job(1, 3.66, 8199, 1), job(2, 10.94, 19208, 3)],
    summary: [
      "No evidence that jobs get slower: two jobs can't show any.",
      "One constant cost explains both: 2.66 s + 1.51 s per second of audio.",
    ],
  };
}

/** 500 jobs of five lives of a worker; each job is slower than the one before by half a percent. */
export function longLog(jobs = 500, seed = 1): LogDiagnosis {
  const random = seededRandom(seed);
  const noise = randomNormal.source(random)(0, 0.08);
  const length = randomUniform.source(random)(2, 60);
  const life = Math.ceil(jobs / 5);
  return {
    kind: "log",
    schema: 1,
    source: "asr-worker-2026-03.log",
    bytes: 48_312_904,
    lines: { all: 412_310, own: jobs, worker: 0, unknown: 411_810 - jobs, cut: 2 },
    jobs: { found: jobs, kept: jobs, incomplete: 3 },
    constantCost: { fixedMs: 820, perAudioSecondMs: 143, worstError: 0.71, exact: false },
    jobsToSee: JOBS_TO_SEE,
    findings: [
      {
        ...{ id: "degradation", title: "Jobs get slower", verdict: "supported", jobs },
        effect: { estimate: 1.39, low: 1.33, high: 1.45, confidence: 0.98 },
        says: ["The last third of a worker's jobs takes x1.39 of the first third."],
      },
      {
        ...{ id: "restarts", title: "A restart helps", verdict: "supported", jobs: 40 },
        effect: { estimate: 1.58, low: 1.46, high: 1.71, confidence: 0.98 },
        says: ["After each of 4 restarts jobs were as fast as at the start."],
      },
      {
        ...{ id: "memory", title: "Memory grows", verdict: "refuted", jobs, effect: undefined },
        says: ["Memory stays where it is after the first jobs."],
      },
    ],
    points: Array.from({ length: jobs }, (_, i) => {
      const jobIndex = (i % life) + 1;
      const audioSeconds = length();
      const residual = 1.005 ** (jobIndex - 30) * Math.exp(noise());
      return {
        ...{ line: 800 * i + 7, worker: `slot 0, ${Math.floor(i / life)}`, jobIndex, audioSeconds },
        ...{ totalMs: (820 + 143 * audioSeconds) * residual, residual, setUpMs: undefined },
        ...{ segments: 3, windows: 1, tokens: 40, fallbackTokens: 0, uptimeSeconds: 30 * jobIndex },
        ...{ rssBytes: 650e6 + 1e6 * Math.log(jobIndex) + 3e5 * noise(), gpuUsedBytes: undefined },
      };
    }),
    summary: [
      "Jobs get slower the older the worker is, by x1.39 within a life, and a restart ends it.",
      "Memory doesn't grow. Other programs on the machine can't be told apart from it by a log alone: run steady-whisper diagnose.",
    ],
  };
}
