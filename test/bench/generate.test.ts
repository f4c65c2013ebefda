import { readFileSync } from "node:fs";
import { mean, median, sampleStandardDeviation, standardDeviation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { generateStream } from "../../bench/detector/generate/generate-stream.js";
import { percentile } from "../../bench/detector/percentile.js";
import { SCENARIOS, type Scenario } from "../../bench/detector/scenarios.js";
import type { Stream, StreamJob } from "../../bench/detector/stream.js";
import { RUNGS, type Rung } from "../../lib/health/sample.js";

/**
 * Figures of 100 streams of each scenario by the reference's simgen.py, whose random numbers are others: mean over streams
 * and its standard error.
 */
const expected = JSON.parse(
  readFileSync(new URL("../fixtures/detector/simgen.json", import.meta.url), "utf8"),
) as Record<string, Record<string, readonly [number, number]>>;

const SEEDS = 100;
/** Standard errors that a figure may be off; 240 figures are compared, and the largest of as many is 2.9 as a rule. */
const FAR = 4;

describe("streams are distributed as simgen.py's", () => {
  it.each(Object.keys(expected))("%s", (name) => {
    const streams = Array.from({ length: SEEDS }, (_, i) => generate(name, 1 + i));
    const figures = streams.map(figuresOf);
    const distances = Object.entries(expected[name] ?? {}).map(([key, [value, error]]) => {
      const own = figures.map((figure) => figure[key] as number);
      const ownError = sampleStandardDeviation(own) / Math.sqrt(SEEDS);
      const difference = mean(own) - value;
      // Figures that are the same in every stream have no error: only what rounding and summing leave.
      const z = Math.abs(difference) < 1e-6 ? 0 : difference / Math.hypot(error, ownError);
      return { key, z, value, own: mean(own) };
    });
    const farthest = distances.toSorted((a, b) => Math.abs(b.z) - Math.abs(a.z));
    console.log(name, `${distances.length} figures, farthest:`, JSON.stringify(farthest[0]));
    expect(distances.length).toBeGreaterThanOrEqual(20);
    expect(distances.filter(({ z }) => !(Math.abs(z) < FAR))).toEqual([]);
  });
});

describe("a stream", () => {
  it("is the same for the same seed, and another for another", () => {
    for (const name of Object.keys(SCENARIOS)) {
      expect(generate(name, 7)).toEqual(generate(name, 7));
      expect(generate(name, 7).jobs).not.toEqual(generate(name, 8).jobs);
    }
  });

  it("has each unit run in turn, and jobs that arrive in order", () => {
    for (const name of Object.keys(SCENARIOS)) {
      const { units, jobs } = generate(name, 3);
      expect(jobs.length).toBe(180 + 60 * units);
      for (let first = 0; first < jobs.length; first += units) {
        const turn = jobs.slice(first, first + units).map((job) => job.unit);
        expect(turn.toSorted()).toEqual(Array.from({ length: units }, (_, unit) => unit));
      }
      const arrivals = jobs.map((job) => job.arrivalMs);
      expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b));
    }
  });

  it("has a machine signal as the scenario says", () => {
    const signals = (name: string) => new Set(generate(name, 1).jobs.map((job) => job.machine));
    expect([...signals("m_missing_burst")]).toEqual([undefined]);
    expect([...signals("m_constant_burst")]).toEqual([1]);
    expect(signals("e_burst").size).toBe(360);
  });

  it("has a shared fault in all units at once, with a cure above the state", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { faults, shared, units } = generate("s_shared_step1.5", seed);
      expect(shared).toBe(true);
      expect(faults.map((fault) => fault.unit)).toEqual([0, 1, 2].slice(0, units));
      expect(new Set(faults.map(({ onset, cure }) => `${onset} ${cure}`)).size).toBe(1);
      expect(faults[0]?.cure).not.toBe("state");
    }
  });

  it("has a fault that nothing cures where the scenario says so", () => {
    for (const name of ["i_nofix_one", "i_nofix_creep2", "k2_nofix_one"]) {
      expect(generate(name, 1).faults.map((fault) => fault.cure)).toEqual(["none"]);
    }
  });
});

function generate(name: string, seed: number): Stream {
  return generateStream(name, SCENARIOS[name] as Scenario, seed);
}

/** As the fixture's: of jobs (logarithms are natural, standard deviations those of a population), then of faults. */
function figuresOf({ jobs, faults, units }: Stream): Record<string, number> {
  const all = (of: (job: StreamJob) => number) => jobs.map(of);
  const share = (is: (job: StreamJob) => boolean) => jobs.filter(is).length / jobs.length;
  const logAudio = all((job) => Math.log(job.audioSeconds));
  const machine = all((job) => Math.log(job.machine as number));
  const encode = all((job) => Math.log(job.encodeMs / job.windows));
  const decode = all((job) =>
    Math.log(job.decodeMs / (4 * job.windows + job.tokens + 1.2 * job.fallbackTokens)),
  );
  const gaps = jobs.map((job, i) => job.arrivalMs - (jobs[i - 1]?.arrivalMs ?? 0));
  const ofJobs = {
    logAudioMean: mean(logAudio),
    logAudioSd: standardDeviation(logAudio),
    windows: mean(all((job) => job.windows)),
    tokens: mean(all((job) => job.tokens)),
    tokensSd: standardDeviation(all((job) => job.tokens)),
    longest: share((job) => job.tokens >= 220),
    fallbackShare: share((job) => job.fallbacks > 0),
    fallbacks: mean(all((job) => job.fallbacks)),
    fallbackTokens: mean(all((job) => job.fallbackTokens)),
    segments: mean(all((job) => job.segments)),
    machineMean: mean(machine),
    machineSd: standardDeviation(machine),
    machineSlow: share((job) => (job.machine as number) > 1.25),
    encodeMean: mean(encode),
    encodeSd: standardDeviation(encode),
    decodeMean: mean(decode),
    decodeSd: standardDeviation(decode),
    decodeP99: percentile(decode, 99) - median(decode),
    load: mean(all((job) => job.encodeMs + job.decodeMs)) / units / mean(gaps),
    gapSd: standardDeviation(gaps) / mean(gaps),
  };
  if (faults.length === 0) return ofJobs;
  return {
    ...ofJobs,
    faults: faults.length,
    onset: mean(faults.map((fault) => fault.onset)),
    cure: mean(faults.map((fault) => RUNGS.indexOf(fault.cure as Rung))),
    both: mean(faults.map((fault) => (fault.phase === "both" ? 1 : 0))),
    unit: mean(faults.map((fault) => fault.unit)),
  };
}
