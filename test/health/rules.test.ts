// Ladder, budget, preventive resets, parameters, memory.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WhisperArgumentError } from "../../lib/errors.js";
import { Budget } from "../../lib/health/budget.js";
import { Detector, type HealthMemory, PARAMETERS } from "../../lib/health/index.js";
import { Ladder } from "../../lib/health/ladder.js";
import { healthParameters } from "../../lib/health/parameters.js";
import { Preventive } from "../../lib/health/preventive.js";
import { RUNGS } from "../../lib/health/sample.js";
import { World } from "./world.js";

describe("ladder", () => {
  it("starts at the lowest rung, and leaves out those that fail once a higher one has helped", () => {
    const ladder = new Ladder(RUNGS);
    ladder.failed("state");
    expect(ladder.first()).toBe("state");
    ladder.helped("context");
    expect(ladder.first()).toBe("context");
    ladder.helped("state");
    expect(ladder.first()).toBe("state");
  });

  it("never leaves the rungs that there are", () => {
    const some = fc.subarray([...RUNGS], { minLength: 1 });
    const verdicts = fc.array(fc.tuple(fc.constantFrom(...RUNGS), fc.boolean()));
    fc.assert(
      fc.property(some, verdicts, fc.constantFrom(...RUNGS, undefined), (rungs, seen, least) => {
        const ladder = new Ladder(rungs);
        for (const [rung, helped] of seen) helped ? ladder.helped(rung) : ladder.failed(rung);
        expect(rungs).toContain(ladder.first(least));
        for (const rung of rungs) expect([...rungs, undefined]).toContain(ladder.next(rung));
      }),
    );
  });
});

it("a budget is by the hour, and pays back what helped", () => {
  const budget = new Budget({ state: 2, context: 1, process: 0 });
  expect(budget.allows("process", 0)).toBe(false);
  budget.spend("state", 0);
  budget.spend("state", 1000);
  expect(budget.allows("state", 2000)).toBe(false);
  budget.refund("state");
  expect(budget.allows("state", 2000)).toBe(true);
  budget.spend("state", 2000);
  expect(budget.allows("state", 3_599_999)).toBe(false);
  expect(budget.allows("state", 3_600_000)).toBe(true);
});

describe("preventive resets", () => {
  const costs = { state: 25, context: 2500, process: 3500 };

  it("come at sqrt(2 C / (r T)) jobs, later each time until the slowdown returns", () => {
    const preventive = new Preventive(healthParameters(), () => 0.5);
    const cure = { rung: "context", creep: 0.02 } as const;
    for (let n = 0; n < 3; n++) {
      expect(preventive.plan(costs, 2500)).toBeUndefined();
      preventive.cured(cure);
    }
    expect(preventive.plan(costs, 2500)).toBe(10); // sqrt(2 * 2500 / (0.02 * 2500))
    for (let n = 0; n < 5; n++) preventive.used();
    expect(preventive.plan(costs, 2500)).toBe(20); // 1.15^5
    preventive.cured(cure);
    expect(preventive.plan(costs, 2500)).toBe(10);
  });

  it("can be switched off", () => {
    const preventive = new Preventive(healthParameters({ preventive: false }), () => 0.5);
    for (let n = 0; n < 5; n++) preventive.cured({ rung: "state", creep: 0.02 });
    expect(preventive.plan(costs, 2500)).toBeUndefined();
  });
});

describe("parameters", () => {
  it("have a unit, a meaning, and a default that is valid; those by rung take a part", () => {
    for (const [name, parameter] of Object.entries(PARAMETERS)) {
      expect(parameter.meaning, name).not.toBe("");
      parameter.check(name, parameter.default);
    }
    const { costMs, leastJobs } = healthParameters({
      costMs: { context: 900 },
      leastJobs: undefined,
    });
    expect(costMs).toEqual({ state: 25, context: 900, process: 3500 });
    expect(leastJobs).toBe(PARAMETERS.leastJobs.default);
  });

  it.each([
    [{ threshold: Number.NaN }, "parameters.threshold"],
    [{ leastJobs: 0 }, "parameters.leastJobs"],
    [{ costMs: { state: -1 } }, "parameters.costMs.state"],
    [{ warmUpJobs: { engine: 2 } }, "parameters.warmUpJobs"],
    [{ treshold: 4 }, "parameters"],
    [{ confirm: "yes" }, "parameters.confirm"],
  ])("%o is refused", (given, argument) => {
    const wrong = () => healthParameters(given as never);
    expect(wrong).toThrow(WhisperArgumentError);
    expect(wrong).toThrow(expect.objectContaining({ code: "ERR_WHISPER_INVALID_ARG", argument }));
  });
});

describe("memory", () => {
  function learned() {
    const world = new World({
      units: 3,
      seed: 4,
      fault: { place: "context", from: 60, step: 2, unit: 1 },
    });
    const detector = new Detector(3);
    world.run(detector, 200);
    return { world, detector };
  }

  it("survives JSON, and gives a new detector the same baseline at once", () => {
    const { detector } = learned();
    const memory = JSON.parse(JSON.stringify(detector.memory())) as HealthMemory;
    expect(memory.ladders.own.context).toEqual({ helped: 1, failed: 0 });
    const next = new Detector(3, { memory });
    expect(next.memory()).toEqual(memory);
    expect(next.report().models).toEqual(detector.report().models);
    // Slow from its first job on: without the baseline this would become the baseline.
    const slow = new World({
      units: 3,
      seed: 5,
      fault: { place: "context", from: 0, step: 2, unit: 1 },
    });
    slow.run(next, 40);
    expect(slow.resets().map(({ decision }) => decision.type === "reset" && decision.unit)).toEqual(
      [1],
    );
    const late = new World({
      units: 3,
      seed: 5,
      fault: { place: "context", from: 0, step: 2, unit: 1 },
    });
    late.run(new Detector(3), 40);
    console.log(
      "slow from the first job: reset after job",
      slow.resets()[0]?.job,
      "and without memory",
      late.resets()[0]?.job,
    );
  });

  it.each([
    ["nothing", null],
    ["a list", []],
    ["of another version", { version: 2 }],
    ["with a model that is none", { models: [{ kind: 1, anchors: [] }] }],
    [
      "with an anchor of no windows",
      {
        models: [
          {
            kind: "",
            anchors: [{ windows: 0, tokens: 1, fallbackTokens: 0, encodeMs: 1, decodeMs: 1 }],
          },
        ],
      },
    ],
    ["with no noise", { noise: { sigma: 0, jobs: 1 } }],
    [
      "with an unknown rung",
      { ladders: { own: { engine: { helped: 1, failed: 0 } }, common: {} } },
    ],
    ["with a level that is no number", { machineUsual: ["1"] }],
    ["with a cure of nothing", { cures: [{ rung: "state" }] }],
  ])("that is %s is refused", (_, change) => {
    const good = learned().detector.memory();
    const wrong = change === null || Array.isArray(change) ? change : { ...good, ...change };
    expect(() => new Detector(3, { memory: wrong as never })).toThrow(
      expect.objectContaining({ code: "ERR_WHISPER_INVALID_ARG", argument: "memory" }),
    );
  });
});
