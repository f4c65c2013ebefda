// From residuals to a suspicion and to a verdict, each part alone.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultShapes } from "../../lib/health/fault-shape.js";
import { slowRun } from "../../lib/health/glr.js";
import { MachineSignal } from "../../lib/health/machine-signal.js";
import { seededRandom } from "../../lib/health/random.js";
import { Sprt } from "../../lib/health/sprt.js";

const LIMITS = { leastJobs: 5, threshold: 4.4, leastEffect: 0.15, clipSigmas: 2 };
const SIGMA = 0.1;

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe("windowed GLR", () => {
  it("finds a step at once, and hardly ever one in noise", () => {
    const random = seededRandom(11);
    let found = 0;
    let alarms = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const quiet = Float64Array.from({ length: 64 }, () => SIGMA * normal(random));
      if (slowRun(quiet, 64, SIGMA, LIMITS)) alarms += 1;
      const slow = quiet.map((level, at) => (at >= 58 ? level + 0.4 : level));
      const run = slowRun(slow, 64, SIGMA, LIMITS);
      if (run && run.shortest <= 7) found += 1;
    }
    console.log(
      `of ${trials}: steps of x1.5 found after 6 jobs ${found}, alarms in noise ${alarms}`,
    );
    expect(found).toBeGreaterThan(0.9 * trials);
    expect(alarms).toBeLessThan(0.03 * trials);
  });

  it("never calls fewer outliers than half of the least run a slowdown", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 5, noNaN: true }),
        fc.integer({ min: 60, max: 63 }),
        (size, at) => {
          const levels = new Float64Array(64);
          levels[at] = size;
          levels[62] = size;
          expect(slowRun(levels, 64, SIGMA, LIMITS)).toBeUndefined();
        },
      ),
    );
  });
});

describe("verdict on a reset", () => {
  const bounds = { bound: 3.5, leastJobs: 3, mostJobs: 25 };

  function levelsBefore(random: () => number, slow: (job: number) => number, jobs: number) {
    return Array.from({ length: jobs }, (_, ordinal) => ({
      ordinal,
      level: Math.log(slow(ordinal)) + SIGMA * normal(random),
    }));
  }

  /** Share of right verdicts, and the mean of jobs that they took. */
  function judged(
    slow: (job: number) => number,
    jobs: number,
    after: (u: number) => number,
    cured: boolean,
    warm: number,
  ) {
    const random = seededRandom(5);
    let right = 0;
    let taken = 0;
    const trials = 100;
    for (let trial = 0; trial < trials; trial++) {
      const sprt = new Sprt(faultShapes(levelsBefore(random, slow, jobs), SIGMA), bounds);
      let verdict: boolean | undefined;
      for (let u = warm; verdict === undefined; u++) {
        verdict = sprt.add(Math.log(after(u)) + SIGMA * normal(random), u, SIGMA);
      }
      if (verdict === cured) right += 1;
      taken += sprt.n;
    }
    console.log(
      `${cured ? "cured" : "not cured"}: right ${right} of ${trials}, ${(taken / trials).toFixed(1)} jobs`,
    );
    return right / trials;
  }

  it("of a step", () => {
    const step = (job: number) => (job < 30 ? 1 : 1.5);
    expect(judged(step, 36, () => 1, true, 0)).toBeGreaterThan(0.95);
    expect(judged(step, 36, () => 1.5, false, 0)).toBeGreaterThan(0.95);
  });

  it("of a creep of 5 % per job that has grown back to x1.25 by the verdict: regrowth isn't failure", () => {
    const creep = (job: number) => 1 + 0.05 * Math.max(0, job - 29);
    expect(judged(creep, 38, (u) => 1 + 0.05 * (u + 1), true, 2)).toBeGreaterThan(0.85);
    expect(judged(creep, 38, (u) => 1.4 + 0.05 * (u + 1), false, 2)).toBeGreaterThan(0.95);
  });

  it("tells the creep's pace", () => {
    const random = seededRandom(9);
    const creep = (job: number) => 1 + 0.03 * Math.max(0, job - 19);
    const sprt = new Sprt(faultShapes(levelsBefore(random, creep, 34), SIGMA), bounds);
    for (let u = 0; u < 10; u++)
      sprt.add(Math.log(1 + 0.03 * (u + 1)) + SIGMA * normal(random), u, SIGMA);
    console.log("pace", sprt.slope.toFixed(4));
    expect(sprt.slope).toBeGreaterThan(0.015);
    expect(sprt.slope).toBeLessThan(0.06);
  });
});

describe("the machine's signal", () => {
  it("is the median of neighbours against what was usual at the baseline", () => {
    const machine = new MachineSignal(64);
    for (let order = 0; order < 20; order++) {
      machine.add(order, order === 10 ? 5 : 1.2);
      machine.anchor(order);
    }
    for (let order = 20; order < 30; order++) machine.add(order, 1.8);
    expect(machine.level(10)).toBeCloseTo(0);
    expect(machine.level(25)).toBeCloseTo(Math.log(1.5));
  });

  it("is unknown where there is none, and never an old job's", () => {
    const machine = new MachineSignal(16);
    for (let order = 0; order < 16; order++) machine.add(order, 2);
    expect(machine.known).toBe(true);
    for (let order = 16; order < 22; order++) machine.add(order, undefined);
    expect(machine.level(21)).toBeNaN();
    machine.add(60, undefined);
    expect(machine.level(60)).toBeNaN();
  });

  it("isn't trusted when it jumps about", () => {
    const random = seededRandom(2);
    const machine = new MachineSignal(64);
    for (let order = 0; order < 64; order++) machine.add(order, Math.exp(0.6 * normal(random)));
    expect(machine.trusted).toBe(false);
  });
});
