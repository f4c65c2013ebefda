// What the runs with injected faults say of a detector, for records of runs whose truth is known.

import { describe, expect, it } from "vitest";
import { scenarios } from "../../scripts/faults/scenarios.mjs";
import { summaryOf } from "../../scripts/faults/summary.mjs";
import { verdictOf } from "../../scripts/faults/verdict.mjs";

const INJECTED_AT = 60;

interface Decided {
  name: string;
  after: number;
  [more: string]: unknown;
}

/** `ill`: for how many jobs from the fault's beginning on it is in both slots, or in each. */
function run(jobs: number, ill: number | [number, number], decisions: Decided[] = []) {
  const each = typeof ill === "number" ? [ill, ill] : ill;
  const rung = decisions.findLast(({ name }) => name === "recycle")?.rung;
  const list = Array.from({ length: jobs }, (_, i) => {
    const slot = i % 2;
    const cured = i >= INJECTED_AT + each[slot]!;
    return {
      slot,
      injectedMs: i >= INJECTED_AT && !cured ? 50 : 0,
      engineGeneration: cured && rung === "process" ? 2 : 1,
      generation: cured && rung !== "state" ? 2 : 1,
    };
  });
  return { injectedAt: Math.min(jobs, INJECTED_AT), jobs: list, decisions };
}

function scenario(name: string) {
  const found = scenarios.find((one) => one.name === name);
  if (!found) throw new Error(`there is no scenario ${name}`);
  return found;
}

const regression = (after: number) => ({ name: "regression", after });
const reset = (after: number, rung: string, slots = [0, 1]) => ({
  ...{ name: "recycle", outcome: "done" },
  ...{ after, rung, slots },
});
const verified = (after: number, rung: string, helped: boolean) => ({
  ...{ name: "verified", slot: 0 },
  ...{ after, rung, helped },
});

describe("a fault in a context", () => {
  const judge = (record: ReturnType<typeof run>) => verdictOf(scenario("context-2"), record);
  const found = [regression(65), reset(66, "state"), verified(72, "state", false)];

  it("that is cured by the right rung, and known to be", () => {
    const record = run(130, 15, [...found, reset(75, "context"), verified(85, "context", true)]);
    expect(judge(record)).toMatchObject({
      ...{ right: true, exact: true, cured: true, delay: 5, cure: 15, falseResets: 0 },
      resets: ["state", "context"],
    });
  });

  it("that is cured in one slot first, then in the other, whose last job is told late", () => {
    const canary = [reset(66, "context", [0]), verified(72, "context", true)];
    const record = run(130, [6, 20], [regression(65), ...canary, reset(78, "context", [1])]);
    expect(judge(record)).toMatchObject({ right: true, exact: true, cure: 20 });
    expect(judge(run(130, 20, record.decisions))).toMatchObject({ why: "taken for cured" });
  });

  it("that is cured by a dearer rung: right, but not its own", () => {
    const record = run(130, 15, [...found, reset(75, "process"), verified(85, "process", true)]);
    expect(judge(record)).toMatchObject({ right: true, exact: false });
  });

  it.each([
    ["never reset", run(260, 200)],
    ["not cured", run(130, 70, found)],
    ["given up", run(130, 70, [...found, { name: "gave-up", after: 80 }])],
    ["cured, and not verified", run(130, 15, [...found, reset(75, "context")])],
    [
      "cured, and taken for not",
      run(130, 15, [...found, reset(75, "context"), verified(85, "context", false)]),
    ],
    [
      "reset after the cure",
      run(130, 15, [
        ...[...found, reset(75, "context"), verified(85, "context", true)],
        reset(100, "context"),
      ]),
    ],
    [
      "reset before the fault",
      run(130, 15, [
        reset(30, "state"),
        ...found,
        reset(75, "context"),
        verified(85, "context", true),
      ]),
    ],
  ])("%s: wrong", (why, record) => {
    expect(judge(record)).toMatchObject({ right: false, why });
  });

  it("that no job met counts as no run", () => {
    const record = run(260, 0);
    const verdict = judge(record);
    expect(verdict).toMatchObject({ void: true, right: false });
    const summary = summaryOf("context-2", [
      { ...record, felt: Number.NaN, disturbed: 0, minutes: 1, verdict },
    ]);
    expect(summary).toMatchObject({ runs: 0, void: 1, right: 0, minutes: 1 });
  });
});

describe("a fault that no reset cures", () => {
  const judge = (record: ReturnType<typeof run>) => verdictOf(scenario("everywhere-2"), record);
  const tried = [regression(65), reset(66, "process"), verified(80, "process", false)];
  const gaveUp = { name: "gave-up", after: 81 };

  it("is given up, and left alone from then on", () => {
    expect(judge(run(120, 60, [...tried, gaveUp]))).toMatchObject({
      ...{ right: true, cured: false, exact: false },
    });
  });

  it.each([
    ["not given up", run(120, 60, tried)],
    ["reset after giving up", run(120, 60, [...tried, gaveUp, reset(90, "process")])],
    ["taken for cured", run(120, 60, [...tried, verified(85, "context", true), gaveUp])],
  ])("%s: wrong", (why, record) => {
    expect(judge(record)).toMatchObject({ right: false, why });
  });
});

describe("without a fault", () => {
  it("every reset is a false one", () => {
    const calm = verdictOf(scenario("contention"), run(60, 0));
    const alarmed = verdictOf(scenario("contention"), run(60, 0, [reset(30, "context")]));
    expect(calm).toMatchObject({ right: true, falseResets: 0, healthyJobs: 60 });
    expect(alarmed).toMatchObject({ right: false, falseResets: 1, healthyJobs: 60 });
    const runs = [calm, alarmed].map((verdict) => ({
      verdict,
      felt: Number.NaN,
      disturbed: 20,
      minutes: 0.5,
    }));
    expect(summaryOf("contention", runs)).toMatchObject({
      ...{ runs: 2, right: 1, falseResets: 1, healthyJobs: 120, disturbed: 40, minutes: 1 },
      why: { "reset without a fault": 1 },
    });
  });
});
