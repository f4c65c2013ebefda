// When a state is made as new, and how.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobTiming } from "../../../lib/index.js";
import type { JobOptions } from "../../../lib/pool/options.js";
import { asNew, footprintAfter, resetAfter, resetBefore } from "../../../lib/pool/reset-policy.js";
import { FakeHost, fakeAudio } from "../fake/engine.js";
import { during, fakePool, pass, stopClock, submit } from "../fake/pool.js";

const timing = (fallbacks = 0) => ({ fallbacks }) as JobTiming;

describe("what a job leaves", () => {
  const dirty: [string, JobOptions, JobTiming | undefined, JobOptions][] = [
    ["fallbacks", {}, timing(1), {}],
    ["beam search", { strategy: "beam" }, timing(), {}],
    ["a temperature", { temperature: 0.1 }, timing(), {}],
    ["an interruption", {}, undefined, {}],
    ["another number of encoder positions", { audioContext: 256 }, timing(), {}],
    ["no encoder positions of its own, then some", {}, timing(), { audioContext: 256 }],
    ["text, for a job that wants it", {}, timing(), { noContext: false }],
  ];
  it.each(dirty)("%s: reset before the next job", (_, left, result, next) => {
    const footprint = footprintAfter(asNew, left, result);
    expect(resetBefore("when-dirty", footprint, next, false)).toBe(true);
    expect(resetBefore("never", footprint, next, false)).toBe(false);
  });

  const clean: [string, JobOptions, JobOptions][] = [
    ["a plain job", {}, {}],
    ["languages and prompts", { language: "de", prompt: "a b", carryPrompt: true }, {}],
    ["text that nobody asks for", { noContext: false }, {}],
    ["the same number of encoder positions", { audioContext: 256 }, { audioContext: 256 }],
    ["token times", { tokenTimestamps: true }, { strategy: "beam" }],
  ];
  it.each(clean)("%s without fallbacks: none", (_, left, next) => {
    const footprint = footprintAfter(asNew, left, timing());
    expect(resetBefore("when-dirty", footprint, next, false)).toBe(false);
    expect(resetAfter("when-dirty", footprint)).toBe(false);
    expect(resetAfter("every-job", footprint)).toBe(true);
    // Alignment hasn't been shown to leave nothing.
    expect(resetBefore("when-dirty", footprint, next, true)).toBe(true);
  });

  it("adds up over jobs, until a reset", () => {
    const footprint = footprintAfter(footprintAfter(asNew, {}, timing(2)), {}, timing());
    expect(footprint).toMatchObject({ jobs: 2, random: true });
    expect(resetAfter("when-dirty", footprint)).toBe(true);
    expect(resetAfter("when-dirty", asNew)).toBe(false);
    expect(resetBefore("when-dirty", asNew, { noContext: false }, true)).toBe(false);
  });
});

describe("a pool", () => {
  beforeEach(stopClock);
  afterEach(() => vi.useRealTimers());

  const texts = async (options: object, host = new FakeHost(), fallbacks = 0) => {
    const { pool } = await fakePool({ slots: 1, ...options }, host);
    const found: string[] = [];
    for (const name of ["a", "b", "c"]) {
      found.push((await during(submit(pool, fakeAudio({ name, ms: 10, fallbacks })))).text);
      await pass(50);
    }
    const { counters, reset } = pool.stats();
    await during(pool.close());
    expect(host.broken).toEqual([]);
    return { found, resets: counters.resets, method: reset?.method };
  };

  it("resets after every job", async () => {
    expect(await texts({})).toEqual({
      found: ["a after 0", "b after 0", "c after 0"],
      ...{ resets: 3, method: "in-place" },
    });
  });

  it("when dirty only, or never", async () => {
    const kept = ["a after 0", "b after 1", "c after 2"];
    expect(await texts({ reset: "when-dirty" })).toMatchObject({ found: kept, resets: 0 });
    expect(await texts({ reset: "never" })).toMatchObject({ found: kept, resets: 0 });
    expect(await texts({ reset: "when-dirty" }, new FakeHost(), 1)).toMatchObject({ resets: 3 });
    expect(await texts({ reset: "never" }, new FakeHost(), 1)).toMatchObject({
      ...{ found: kept, resets: 0, method: undefined },
    });
  });

  it("takes a new state instead where that is cheaper, and never gives one that has computed", async () => {
    const slowReset = new FakeHost({ resetMs: 100, stateMs: 5, freeMs: 1 });
    const { found, resets, method } = await texts({}, slowReset);
    expect([found, resets, method]).toEqual([
      ["a after 0", "b after 0", "c after 0"],
      3,
      "new-state",
    ]);
    expect(slowReset.history.filter((what) => what.startsWith("job")).length).toBe(3);
  });
});
