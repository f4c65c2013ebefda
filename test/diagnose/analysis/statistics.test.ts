import { describe, expect, it } from "vitest";
import { medianInterval } from "../../../lib/diagnose/analysis/median-interval.js";
import {
  absoluteSlope,
  robustSlope,
  spreadOf,
} from "../../../lib/diagnose/analysis/robust-slope.js";
import { studentQuantile } from "../../../lib/diagnose/analysis/student.js";
import { seededRandom } from "../../../lib/health/random.js";

describe("student's quantiles", () => {
  // From printed tables of Student's t.
  it.each([
    [0.95, 10, 1.812],
    [0.99, 10, 2.764],
    [0.99, 27, 2.473],
    [0.998, 27, 3.138],
    [0.95, 5, 2.015],
  ])("%f with %i degrees", (p, degrees, expected) => {
    expect(studentQuantile(p, degrees)).toBeCloseTo(expected, 1);
    expect(Math.abs(studentQuantile(p, degrees) / expected - 1)).toBeLessThan(0.01);
  });
});

describe("slopes through the origin", () => {
  const ages = Float64Array.from({ length: 20 }, (_, i) => i);

  it("are exact without noise", () => {
    const y = ages.map((age) => 0.3 * age);
    expect(absoluteSlope(ages, y)).toBeCloseTo(0.3, 12);
    expect(robustSlope(ages, y, 0.3, 0.1)).toBeCloseTo(0.3, 12);
  });

  it("don't follow outliers, however far", () => {
    const y = ages.map((age, i) => (i % 5 === 4 ? 1e6 : 0.3 * age));
    const start = absoluteSlope(ages, y);
    expect(robustSlope(ages, y, start, 0.1)).toBeCloseTo(0.3, 6);
  });

  it("are 0 where nothing has aged", () => {
    expect(absoluteSlope(new Float64Array(3), Float64Array.of(1, 2, 3))).toBe(0);
  });

  it("have noise like a normal distribution's", () => {
    expect(spreadOf(Float64Array.of(-1, 0.5, 2))).toBeCloseTo(1.4826, 4);
    expect(spreadOf(new Float64Array(0))).toBe(0);
  });
});

describe("intervals of medians", () => {
  it("are of the order statistics that the binomial distribution gives", () => {
    // n = 12, 95 %: the third and the tenth value have 96.1 % between them (Conover, table A3).
    const values = Array.from({ length: 12 }, (_, i) => 12 - i);
    const interval = medianInterval(values, 0.95)!;
    expect(interval).toMatchObject({ estimate: 6.5, low: 3, high: 10 });
    expect(interval.confidence).toBeCloseTo(0.961, 3);
  });

  it("say how sure so few values can be", () => {
    expect(medianInterval([], 0.95)).toBeUndefined();
    expect(medianInterval([5], 0.95)).toEqual({ estimate: 5, low: 5, high: 5, confidence: 0 });
    expect(medianInterval([1, 2, 3], 0.95)).toMatchObject({ low: 1, high: 3, confidence: 0.75 });
  });

  it("hold the median as often as they promise, for any number of values", () => {
    const random = seededRandom(5);
    for (const n of [6, 20, 101, 3000]) {
      const runs = n > 1000 ? 50 : 400;
      let held = 0;
      for (let run = 0; run < runs; run++) {
        const { low, high } = medianInterval(Array.from({ length: n }, random), 0.95)!;
        if (low <= 0.5 && high >= 0.5) held += 1;
      }
      console.log(`${n} values: ${held} of ${runs} intervals hold the median`);
      expect(held / runs).toBeGreaterThan(0.9);
    }
  });
});
