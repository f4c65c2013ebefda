import { describe, expect, it } from "vitest";
import { analyse } from "../../../lib/diagnose/analysis/analyse.js";
import type { Arm } from "../../../lib/diagnose/arms.js";
import type { Measurement } from "../../../lib/diagnose/measurement.js";
import { blocks } from "./jobs.js";

const STATES: readonly Arm[] = ["kept", "at-once", "slowly"];
const IN_CONTEXT: readonly Arm[] = [...STATES, "fresh-state", "no-previous-text"];
const SET_UP: Partial<Record<Arm, number>> = {
  "fresh-state": 100,
  "fresh-context": 1000,
  "fresh-process": 2000,
};

/** Jobs of 2 s, whose decoder slows down by 2 % per block in `arms`. */
function remedies(arms: readonly Arm[], more: Partial<Measurement> = {}) {
  const jobs = blocks(20, (arm, block) => ({
    slower: arms.includes(arm) ? 1 + 0.02 * block : 1,
    setUpMs: SET_UP[arm] ?? 0,
    // What is kept holds more than a worker that has one state.
    memory: { after: { rssBytes: arm === "fresh-process" ? 3e8 : 7e8 } },
    ...(arm === "fresh-state" ? more : {}),
  }));
  const analysis = analyse(jobs, { mode: "fixed", maxBlocks: 20 });
  for (const { id, says } of analysis.remedies) console.log(`${id}: ${says}`);
  return Object.fromEntries(analysis.remedies.map((remedy) => [remedy.id, remedy]));
}

describe("remedies", () => {
  it("have the price of their set-up over the time of a job, and no gain without a slowdown", () => {
    const found = remedies([]);
    expect(found["every-job"]!.price!.estimate).toBeCloseTo(100 / 2000, 2);
    expect(found["every-5-jobs"]!.price!.estimate).toBeCloseTo(2000 / 2000 / 5, 2);
    expect(found["pool-of-3"]!.price!.estimate).toBeCloseTo(2000 / 2000 / 20, 2);
    expect(found["pool-of-3"]!.extraBytes).toBe(6e8);
    for (const { price, gain } of Object.values(found)) {
      expect(gain!.estimate).toBe(0);
      expect(price!.low).toBeLessThanOrEqual(price!.estimate);
      expect(price!.high).toBeGreaterThanOrEqual(price!.estimate);
    }
    expect(found["on-regression"]!.price!.estimate).toBe(0);
  });

  it("take the cheaper one of a state that is made anew and one that is reset in place", () => {
    const found = remedies([], { resetMs: 10 });
    expect(found["every-job"]!.price!.estimate).toBeCloseTo(10 / 2000, 3);
    expect(found["every-job"]!.says).toContain("in place");
  });

  it("gain what their rung cures: of state, 1 % per job, 49.5 % over 100 jobs", () => {
    const found = remedies(STATES);
    expect(found["every-job"]!.gain!.estimate).toBeGreaterThan(0.35);
    expect(found["every-job"]!.gain!.estimate).toBeLessThan(0.6);
    expect(found["every-5-jobs"]!.gain!.estimate).toBeLessThan(found["every-job"]!.gain!.estimate);
    // N = sqrt(2 * 0.05 / 0.01) = 3 jobs.
    expect(found["on-regression"]!.says).toMatch(/A new state about every [34] jobs/);
  });

  it("gain nothing below the rung that cures, however often", () => {
    const found = remedies(IN_CONTEXT);
    expect(found["every-job"]!.gain!.estimate).toBe(0);
    expect(found["every-job"]!.says).toContain("only a new context cures");
    expect(found["every-5-jobs"]!.gain!.low).toBeGreaterThan(0);
    // Five jobs of each block age the context: 0.2 % per job, N = sqrt(2 * 0.5 / 0.002).
    expect(found["on-regression"]!.says).toMatch(/A new context about every 2\d jobs/);
  });
});
