import { describe, expect, it } from "vitest";
import { judgeLog } from "../../../lib/diagnose/log/judge/judge-log.js";
import type { LogFinding } from "../../../lib/diagnose/log-diagnosis.js";
import { simulatedJobs, type Truth } from "./simulated.js";

const SEEDS = Number(process.env.LOG_SEEDS ?? 200);

/** How often each verdict is given, of `SEEDS` logs. */
function verdicts(n: number, truth: Truth, id: LogFinding["id"]) {
  const counts = { supported: 0, refuted: 0, undetermined: 0, "no evidence": 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { findings } = judgeLog(simulatedJobs(seed, n, truth));
    counts[findings.find((finding) => finding.id === id)!.verdict] += 1;
  }
  return counts;
}

const creep = (perJob: number) => (inLife: number) => perJob * inLife;

/** Truths, the right verdict on degradation, and the least share of logs that get it. */
const CASES: readonly {
  readonly name: string;
  readonly jobs: number;
  readonly truth: Truth;
  readonly right: "supported" | "refuted";
  readonly least: number;
}[] = [
  { name: "no effect, 60 jobs", jobs: 60, truth: {}, right: "refuted", least: 0.2 },
  { name: "no effect, 300 jobs", jobs: 300, truth: {}, right: "refuted", least: 0.7 },
  { name: "no effect, tokens", jobs: 300, truth: { tokens: true }, right: "refuted", least: 0.7 },
  {
    name: "no effect, outliers",
    jobs: 300,
    truth: { outliers: 0.05 },
    right: "refuted",
    least: 0.5,
  },
  {
    name: "no effect, bursts of other load",
    jobs: 300,
    truth: { bursts: 0.02 },
    right: "refuted",
    least: 0,
  },
  {
    name: "no effect, ever longer audio",
    jobs: 300,
    truth: { meanAudio: (share) => 4 + 12 * share },
    right: "refuted",
    least: 0.3,
  },
  { name: "no effect, 20 lives", jobs: 400, truth: { lifeJobs: 20 }, right: "refuted", least: 0.8 },
  {
    name: "creep of 0.5 % per job",
    jobs: 150,
    truth: { slowdown: creep(0.005) },
    right: "supported",
    least: 0.9,
  },
  {
    name: "creep, ever shorter audio",
    jobs: 150,
    truth: { slowdown: creep(0.005), meanAudio: (share) => 16 - 12 * share },
    right: "supported",
    least: 0.6,
  },
  {
    name: "step of x1.5 half-way",
    jobs: 100,
    truth: { slowdown: (_, inLog) => (inLog < 50 ? 0 : Math.log(1.5)) },
    right: "supported",
    least: 0.9,
  },
  {
    name: "sawtooth, 2 % per job, lives of 20",
    jobs: 400,
    truth: { slowdown: creep(0.02), lifeJobs: 20 },
    right: "supported",
    least: 0.95,
  },
  {
    name: "sawtooth with bursts",
    jobs: 400,
    truth: { slowdown: creep(0.02), lifeJobs: 20, bursts: 0.02 },
    right: "supported",
    least: 0.6,
  },
];

describe("the verdict on degradation", () => {
  it.each(CASES)("$name", ({ name, jobs, truth, right, least }) => {
    const counts = verdicts(jobs, truth, "degradation");
    console.log(`${name}: ${JSON.stringify(counts)} of ${SEEDS}`);
    const wrong = counts[right === "supported" ? "refuted" : "supported"];
    // Bursts that fall into the last third are a slowdown, as far as a log can tell.
    expect(wrong / SEEDS).toBeLessThanOrEqual(truth.bursts ? 0.02 : 0.01);
    expect(counts[right] / SEEDS).toBeGreaterThanOrEqual(least);
  });
});
