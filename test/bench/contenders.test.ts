import { describe, expect, it } from "vitest";
import { comparisonOf } from "../../bench/detector/comparison.js";
import type { Contender } from "../../bench/detector/contender.js";
import { CONTENDERS, exitStatus } from "../../bench/detector/contenders.js";
import { generateStream } from "../../bench/detector/generate/generate-stream.js";
import { healthContender, type PoolFacts } from "../../bench/detector/health-adapter.js";
import { NAIVE } from "../../bench/detector/naive.js";
import { oracle } from "../../bench/detector/oracle.js";
import { publicStreams } from "../../bench/detector/public-streams.js";
import { replay } from "../../bench/detector/replay.js";
import { runContender } from "../../bench/detector/run-contender.js";
import { SCENARIOS, type Scenario } from "../../bench/detector/scenarios.js";
import { summarize } from "../../bench/detector/summary.js";
import { tableOf } from "../../bench/detector/table.js";
import type { Decision } from "../../lib/health/decision.js";
import { constantStream, step } from "./constant-stream.js";

const FAULTY = ["c_step1.5", "c_step2.0", "d_creep2", "e_burst_step2", "s_shared_step1.5"];

it("the oracle loses less time than any naive detector wherever a reset helps", () => {
  for (const name of FAULTY) {
    const streams = [1, 2, 3, 4].map((seed) =>
      generateStream(name, SCENARIOS[name] as Scenario, seed),
    );
    const lost = (contender: Contender) =>
      summarize(streams.map((stream) => replay(stream, contender.start(stream)))).lost;
    const naive = Object.entries(NAIVE).map(([key, contender]) => [key, lost(contender)] as const);
    const best = lost(oracle);
    console.log(name, "oracle", best.toFixed(2), ...naive.map(([k, v]) => `${k} ${v.toFixed(2)}`));
    for (const [key, value] of naive) expect(best, `${name}: ${key}`).toBeLessThan(value);
  }
});

describe("the adapter of lib/health's detector", () => {
  const evidence = { effect: 2, z: 5, n: 5, expectedMs: 300, observedMs: 600 };

  it("makes a detector for each stream, and tells it of resets when they take effect", () => {
    const calls: string[] = [];
    const contender = healthContender((pool: PoolFacts) => {
      calls.push(`${pool.units} units, shared: ${pool.shared}, ${pool.resetMs.context} ms`);
      return {
        observe({ seq, sinceReset }): Decision[] {
          calls.push(`job ${seq}, ${sinceReset} before`);
          if (seq !== 11) return [];
          const reset = { type: "reset", unit: 0, rung: "context", cause: "regression" } as const;
          return [
            { ...reset, ...evidence, text: "slow" },
            { type: "gave-up", unit: 0, ...evidence, text: "slow" },
          ];
        },
        wasReset: (unit, rung) => calls.push(`unit ${unit} was reset: ${rung}`),
      };
    });
    const stream = constantStream(13, { faults: [step()] });
    const score = replay(stream, contender.start(stream));
    expect(score).toMatchObject({ curingResets: 1, gaveUp: 1 });
    expect(calls[0]).toBe("1 units, shared: false, 2500 ms");
    expect(calls.slice(-3)).toEqual([
      "job 11, 11 before",
      "unit 0 was reset: context",
      "job 12, 0 before",
    ]);
  });
});

describe("a run", () => {
  const streams = publicStreams().filter(({ scenario }) => /^a_|^b_/.test(scenario));
  const scored = (name: string) => runContender(CONTENDERS.get(name) as Contender, streams).scored;

  it("says what observe costs", () => {
    const { observeUs } = runContender(NAIVE.every5, streams);
    console.log("observe of every5, us:", JSON.stringify(observeUs));
    expect(observeUs.median).toBeGreaterThan(0);
    expect(observeUs.p99).toBeGreaterThanOrEqual(observeUs.median);
  });

  it("fails when a gate of the package's own detector does, and only then", () => {
    expect(exitStatus(new Map([["every5", scored("every5")]]))).toBe(0);
    expect(exitStatus(new Map([["health", scored("every5")]]))).toBe(1);
    expect(exitStatus(new Map([["health", scored("never")]]))).toBe(0);
  });

  it("has rows for streams, scenarios, groups and all", () => {
    const table = tableOf(scored("every5"), true);
    console.log(table);
    const rows = table.split("\n").map((line) => line.split(" ")[0]);
    const ids = streams.map((stream) => stream.id);
    expect(rows).toEqual([
      "",
      ...ids,
      "",
      "b_report",
      "a_stable",
      "b_short_long",
      "",
      "quiet",
      "ALL",
    ]);
    expect(table).toMatch(/^a_stable +200\.00 +0\.00 +0\.00 +- /m);
    expect(comparisonOf(new Map([["every5", scored("every5")]]))).toMatch(
      /^\| every5 \| 200 \/ 49\.\d \| 200 \| - \| - \| - \| - \|$/m,
    );
  });
});
