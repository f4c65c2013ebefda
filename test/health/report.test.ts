// What a person reads.
import { describe, expect, it } from "vitest";
import { Detector, type HealthSample } from "../../lib/health/index.js";
import { ofFewJobs } from "../../lib/health/report/few-jobs.js";
import { World } from "./world.js";

function job(
  seq: number,
  audioSeconds: number,
  tokens: number,
  segments: number,
  decodeMs: number,
): HealthSample {
  return {
    ...{
      seq,
      unit: 0,
      atMs: 19_200 * seq,
      sinceReset: seq,
      windows: 1,
      fallbackTokens: 0,
      fallbacks: 0,
    },
    ...{ audioSeconds, tokens, segments, encodeMs: 2500, decodeMs, queueMs: 0, machine: 1 },
  };
}

/** The two jobs of the report that this product began with: 8.2 s, then 19.2 s. */
const REPORTED = [job(0, 3.66, 14, 1, 5699), job(1, 10.94, 42, 3, 16_708)];

it("two jobs are too few to judge, one constant cost fits both, and cost follows work", () => {
  const detector = new Detector(1);
  expect(REPORTED.flatMap((sample) => detector.observe(sample))).toEqual([]);
  const { summary, history, decisions } = detector.report();
  console.log(summary.join("\n"));
  expect(summary[0]).toMatch(/^Two jobs are too few to judge/);
  expect(summary[1]).toMatch(
    /^One constant cost fits both exactly: a fixed part of 2\.66 s and 1\.51 s per second of audio/,
  );
  expect(summary[2]).toMatch(
    /^Cost follows work: .*per second of audio it is the faster one \(1\.76 s against 2\.24 s\)/,
  );
  expect(summary.at(-1)).toBe("Nothing was reset, and there was no alarm.");
  expect(history).toEqual([]);
  expect(decisions.gaveUp).toBe(0);
});

describe("few jobs", () => {
  const sentences = (...jobs: [audioSeconds: number, totalMs: number][]) =>
    ofFewJobs(
      jobs.map(([audioSeconds, totalMs]) => ({ audioSeconds, totalMs })),
      16,
    ).join(" ");

  it.each<[string, [number, number][], RegExp]>([
    ["none", [], /^No job has finished yet/],
    ["one", [[5, 1000]], /^1 job is too few to judge: it takes about 16/],
    [
      "two of the same length",
      [
        [5, 1000],
        [5.1, 1400],
      ],
      /about the same length \(5\.10 s of audio\) and took 1\.00 s to 1\.40 s\.$/,
    ],
    [
      "a longer one that took less",
      [
        [5, 3000],
        [10, 1000],
      ],
      /Longer audio took less time/,
    ],
    [
      "two with the longer one slower per second",
      [
        [5, 1000],
        [10, 4000],
      ],
      /has more audio\.$/,
    ],
    [
      "three on a line",
      [
        [1, 1000],
        [2, 1500],
        [3, 2000],
      ],
      /fits all 3 exactly: a fixed part of 0\.50 s and 0\.50 s per second of audio\./,
    ],
    [
      "three near one",
      [
        [1, 1000],
        [2, 1550],
        [3, 2000],
      ],
      /fits all 3 within 2 %/,
    ],
    [
      "three far from one",
      [
        [1, 1000],
        [2, 4000],
        [3, 2000],
      ],
      /fits them only within/,
    ],
  ])("%s", (_, jobs, expected) => {
    expect(sentences(...jobs)).toMatch(expected);
    if (jobs.length < 3) expect(sentences(...jobs)).not.toContain("all 3");
  });
});

describe("many jobs", () => {
  it("healthy ones", () => {
    const world = new World({ units: 2, seed: 1 });
    const detector = new Detector(2);
    world.run(detector, 100);
    const { summary, models, units, machine } = detector.report();
    console.log(summary.join("\n"));
    expect(models[0]!.coefficients!.encodePerWindow).toBeCloseTo(500, -2);
    expect(models[0]!.coefficients!.decodePerToken).toBeGreaterThan(10);
    expect(machine).toMatchObject({ known: true });
    expect(units.map(({ state }) => state)).toEqual(["healthy", "healthy"]);
    for (const { residuals } of units) {
      expect(residuals!.p10).toBeLessThan(residuals!.p50);
      expect(residuals!.p50).toBeCloseTo(1, 0);
    }
    expect(summary.join(" ")).toMatch(
      /per window of 30 s.*per token.*Slot 0 is healthy.*Nothing was reset/s,
    );
  });

  it("under contention, and after a cure and a failure", () => {
    const load = (at: number) => (at >= 85 ? 1.5 : 1);
    const contended = new World({ units: 2, seed: 1, load });
    const detector = new Detector(2);
    contended.run(detector, 100);
    expect(detector.report().summary.join(" ")).toMatch(
      /The machine is slower than usual by x1\.[3-6]\d: contention/,
    );

    const world = new World({
      units: 2,
      seed: 1,
      fault: { place: "context", from: 60, step: 2, unit: 1 },
    });
    const healed = new Detector(2);
    world.run(healed, 150);
    const { summary, history, decisions } = healed.report();
    console.log(history.map(({ text }) => text).join("\n"));
    expect(decisions).toMatchObject({
      resets: { state: 1, context: 1, process: 0 },
      helped: 1,
      notHelped: 1,
    });
    expect(summary.join(" ")).toMatch(
      /2 resets: 1 of a state, 1 of a context, 0 of a process; 0 preventive\. 1 verified to help, 1 not to\./,
    );
    expect(history.map(({ text }) => text).join(" ")).toMatch(
      /it gets a new state.*did not cure.*it gets a new context.*cured slot 1/s,
    );
  });

  it("keeps the last 100 entries of its history", () => {
    const world = new World({ units: 1, seed: 2, fault: { place: "state", from: 0, creep: 0.05 } });
    const detector = new Detector(1);
    world.run(detector, 1500);
    const { history, decisions } = detector.report();
    console.log("resets in 1500 jobs of a creeping state:", decisions.resets.state);
    expect(history).toHaveLength(100);
    expect(history.at(-1)!.decision).toEqual(world.events.at(-1)!.decision);
  });
});
