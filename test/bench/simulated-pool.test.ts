import { describe, expect, it } from "vitest";
import { SimulatedPool } from "../../bench/detector/simulated-pool.js";
import type { Stream } from "../../bench/detector/stream.js";
import type { HealthSample, Rung } from "../../lib/health/sample.js";
import { constantStream, creep, step } from "./constant-stream.js";

/** Runs all jobs, with resets of unit 0 after some of them. */
function samplesOf(stream: Stream, resets: Readonly<Record<number, Rung>> = {}): HealthSample[] {
  const pool = new SimulatedPool(stream);
  return stream.jobs.map((job) => {
    const { sample } = pool.run(job);
    const rung = resets[job.seq];
    if (rung) pool.reset(0, rung);
    return sample;
  });
}

/** By job, how many times as long as a healthy one. */
function slowdowns(stream: Stream, resets: Readonly<Record<number, Rung>> = {}): number[] {
  return samplesOf(stream, resets).map((sample) => (sample.encodeMs + sample.decodeMs) / 300);
}

const noWarmUp = { warmUp: { state: [], context: [], process: [] } };
const repeated = (value: number, count: number) => new Array<number>(count).fill(value);

describe("warm-up", () => {
  it("slows the first jobs of the stream and those after a reset, by rung", () => {
    const stream = constantStream(10, { warmUpAtStart: [3, 1.5] });
    expect(slowdowns(stream, { 3: "context", 7: "process" })).toEqual([
      3, 1.5, 1, 1, 1.5, 1.25, 1, 1, 2, 1,
    ]);
    const since = samplesOf(stream, { 3: "state" }).map((sample) => sample.sinceReset);
    expect(since).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 4, 5]);
  });
});

describe("a step", () => {
  it("lasts until a reset at its rung or above", () => {
    const stream = constantStream(20, { ...noWarmUp, faults: [step({ onset: 5 })] });
    expect(slowdowns(stream)).toEqual([...repeated(1, 5), ...repeated(2, 15)]);
    expect(slowdowns(stream, { 8: "state" })).toEqual(slowdowns(stream));
    const cured = [...repeated(1, 5), ...repeated(2, 4), ...repeated(1, 11)];
    expect(slowdowns(stream, { 8: "context" })).toEqual(cured);
    expect(slowdowns(stream, { 8: "process" })).toEqual(cured);
  });

  it("isn't cured before it shows", () => {
    const stream = constantStream(20, { ...noWarmUp, faults: [step({ onset: 5 })] });
    expect(slowdowns(stream, { 3: "process" })).toEqual(slowdowns(stream));
  });

  it("stays whatever is reset when nothing cures it", () => {
    const stream = constantStream(20, { ...noWarmUp, faults: [step({ cure: "none" })] });
    expect(slowdowns(stream, { 12: "process" })).toEqual(slowdowns(stream));
  });

  it("comes back after a cure if it recurs, and can be cured again", () => {
    const faults = [step({ onset: 2, recursAfter: 4 })];
    const stream = constantStream(16, { ...noWarmUp, faults });
    expect(slowdowns(stream, { 3: "context", 9: "context" })).toEqual([
      ...repeated(1, 2),
      ...repeated(2, 2),
      ...repeated(1, 4),
      ...repeated(2, 2),
      ...repeated(1, 4),
      ...repeated(2, 2),
    ]);
  });

  it("of the decoder leaves the encoder alone", () => {
    const stream = constantStream(20, { faults: [step({ phase: "decode" })] });
    expect(samplesOf(stream).at(-1)).toMatchObject({ encodeMs: 100, decodeMs: 400 });
  });

  it("in all units is cured in the one that is reset", () => {
    const faults = [step({ unit: 0, onset: 2 }), step({ unit: 1, onset: 2 })];
    const stream = constantStream(12, { ...noWarmUp, units: 2, faults });
    const slow = slowdowns(stream, { 6: "context" });
    expect(slow.filter((_, seq) => seq % 2 === 0)).toEqual([1, 1, 2, 2, 1, 1]);
    expect(slow.filter((_, seq) => seq % 2 === 1)).toEqual([1, 1, 2, 2, 2, 2]);
  });
});

describe("a creep", () => {
  it("grows up to its cap, and starts again from nothing when it is cured", () => {
    const stream = constantStream(12, { ...noWarmUp, faults: [creep({ onset: 2, cap: 1.4 })] });
    expect(slowdowns(stream, { 8: "context" }).map((slow) => Number(slow.toFixed(3)))).toEqual([
      ...[1, 1, 1.1, 1.2, 1.3, 1.4, 1.4, 1.4, 1.4],
      ...[1.1, 1.2, 1.3],
    ]);
  });
});

describe("time", () => {
  it("of a reset keeps the unit from its next job", () => {
    const queued = samplesOf(constantStream(5), { 1: "context" }).map((sample) => sample.queueMs);
    // Free at 1300 ms, and 2500 ms later at 3800. Then two jobs of 450 and 375 ms, and one that comes at 4000.
    expect(queued).toEqual([0, 0, 1800, 1250, 625]);
  });

  it("is told in tenths of a ms; a half goes to the even tenth", () => {
    const stream = constantStream(3);
    const times = [
      [2.25, 2.75],
      [2.26, 2.74],
      [7.35, 0.05],
    ] as const;
    const jobs = stream.jobs.map((job, i) => {
      const [encodeMs, decodeMs] = times[i] ?? [0, 0];
      return { ...job, encodeMs, decodeMs };
    });
    expect(samplesOf({ ...stream, jobs }).map((s) => [s.encodeMs, s.decodeMs])).toEqual([
      [2.2, 2.8],
      [2.3, 2.7],
      [Number((7.35).toFixed(1)), 0.1],
    ]);
  });
});

it("has no other units", () => {
  expect(() => new SimulatedPool(constantStream(1)).reset(1, "state")).toThrow(RangeError);
});
