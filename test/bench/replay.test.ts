import { describe, expect, it } from "vitest";
import type { Contender } from "../../bench/detector/contender.js";
import { replay } from "../../bench/detector/replay.js";
import type { Stream } from "../../bench/detector/stream.js";
import { summarize } from "../../bench/detector/summary.js";
import { constantStream, creep, resetsAfter, step } from "./constant-stream.js";

const score = (stream: Stream, contender: Contender) => replay(stream, contender.start(stream));
const faulty = constantStream(100, { faults: [step()] });

describe("resets are counted by what they met with", () => {
  it("nothing, something they can't cure, something they cured", () => {
    const resets = resetsAfter({ 5: "state", 12: "state", 14: "process", 20: "context" });
    expect(score(faulty, resets)).toMatchObject({
      falseResets: 2,
      futileResets: 1,
      curingResets: 1,
      preventiveResets: 0,
      faults: 1,
      missed: 0,
      delays: [3],
      curable: 1,
      uncured: 0,
      cureDelays: [5],
    });
  });

  it("preventive ones by themselves, whatever they met with", () => {
    const resets = resetsAfter({ 5: "process", 14: "process" }, "preventive");
    expect(score(faulty, resets)).toMatchObject({
      falseResets: 0,
      curingResets: 0,
      preventiveResets: 2,
      cureDelays: [5],
    });
  });

  it("a creep of less than 5 % isn't worth one", () => {
    const stream = constantStream(100, { faults: [creep({ magnitude: 0.01 })] });
    // Before its 4th and its 5th slow job.
    expect(score(stream, resetsAfter({ 12: "context" }))).toMatchObject({ falseResets: 1 });
    expect(score(stream, resetsAfter({ 13: "context" }))).toMatchObject({ curingResets: 1 });
  });
});

describe("a fault", () => {
  it("is missed without a reset, and uncured without one that helps", () => {
    expect(score(faulty, resetsAfter({}))).toMatchObject({ missed: 1, uncured: 1, delays: [] });
    expect(score(faulty, resetsAfter({ 20: "state" }))).toMatchObject({ missed: 0, uncured: 1 });
  });

  it("counts if there were 30 jobs to notice it, and as curable if something cures it", () => {
    const late = constantStream(39, { faults: [step()] });
    expect(score(late, resetsAfter({}))).toMatchObject({ faults: 0, missed: 0 });
    const hopeless = constantStream(100, { faults: [step({ cure: "none" })] });
    expect(score(hopeless, resetsAfter({ 20: "process" }))).toMatchObject({
      futileResets: 1,
      faults: 1,
      curable: 0,
      uncured: 0,
    });
  });
});

describe("time lost", () => {
  it("is that of slow jobs, and of resets with their warm-up", () => {
    // 90 of 100 jobs take twice as long.
    expect(score(faulty, resetsAfter({})).lost).toBeCloseTo(0.9, 9);
    // 2500 ms, and 1.5 + 1.25 jobs instead of 2, of 300 ms each, in 100 such jobs.
    const healthy = constantStream(100);
    const wanted = (2500 + 0.75 * 300) / (100 * 300);
    expect(score(healthy, resetsAfter({ 50: "context" })).lost).toBeCloseTo(wanted, 9);
  });

  it("doesn't contain the warm-up of the start, which nobody is to blame for", () => {
    const stream = constantStream(100, { warmUpAtStart: [3, 2] });
    expect(score(stream, resetsAfter({}))).toMatchObject({ lost: 0, p50: 1, p99: 1 });
  });

  it("shows in the latency, with the wait behind slow jobs", () => {
    expect(score(faulty, resetsAfter({}))).toMatchObject({ p50: 2, p99: 2 });
    const crawling = constantStream(100, { faults: [step({ magnitude: 4 })] });
    // 1200 ms each second: every job waits 200 ms longer than the one before.
    const { p99 } = score(crawling, resetsAfter({}));
    expect(p99).toBeGreaterThan((1200 + 88 * 200) / 300 - 1);
  });
});

it("scores of several streams: counts by all jobs, delays by all faults, times by stream", () => {
  const good = score(constantStream(100), resetsAfter({}));
  const bad = score(
    constantStream(300, { faults: [step()] }),
    resetsAfter({ 5: "state", 19: "context" }),
  );
  expect(summarize([good, bad])).toMatchObject({
    falseResets: 2.5,
    delay: 10,
    delayP90: 10,
    cure: 10,
    missed: 0,
    uncured: 0,
    lost: (100 * (good.lost + bad.lost)) / 2,
  });
  expect(summarize([good])).toMatchObject({ delay: undefined, missed: undefined, cure: undefined });
});
