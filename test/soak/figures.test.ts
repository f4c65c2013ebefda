// What a soak says of a journal, on journals whose truth is known.

import { describe, expect, it } from "vitest";
import { engineGrowth, hostGrowth } from "../../scripts/soak/growth.mjs";
import { latencySlopes } from "../../scripts/soak/latency.mjs";
import { planOf } from "../../scripts/soak/plan.mjs";
import { summaryOf } from "../../scripts/soak/summary.mjs";
import { verdictOf } from "../../scripts/soak/verdict.mjs";
import { works } from "../../scripts/soak/works.mjs";
import { seededRandom } from "../support/random.js";

interface Truth {
  jobs: number;
  /** Percent per 1,000 jobs. */
  slower?: number;
  bytesPerJob?: number;
  /** Jobs in the life of an engine's process. */
  life?: number;
}

/** Jobs of works that take from 20 to 200 ms, on a machine that is busy now and then, which its control notices. */
function journal(truth: Truth, random: () => number): object[] {
  const { jobs, slower = 0, bytesPerJob = 0, life = Number.POSITIVE_INFINITY } = truth;
  const lines: object[] = [{ kind: "run" }];
  let busy = 1;
  for (let index = 0; index < jobs; index++) {
    const work = Math.floor(10 * random());
    const time = 1000 * index;
    if (index % 100 === 0) busy = 1 + 0.1 * random();
    if (index % 50 === 0) {
      const ms = 50 * busy * (1 + 0.02 * random());
      lines.push({ kind: "control", start: time, end: time + 1, ownMs: ms, wallMs: ms });
    }
    const generation = seededRandom(Math.floor(index / 25))() - 0.5;
    const noise = 1 + 0.1 * (random() + random() - 1);
    const wallMs = 20 * (work + 1) * busy * noise * (1 + (slower / 100) * (index / 1000));
    const rss = 150e6 + bytesPerJob * index + 4e6 * generation + 2e6 * random();
    lines.push({
      ...{ kind: "job", index, work: `work ${work}`, outcome: "completed", wallMs, runDelayMs: 0 },
      ...{ start: time, end: time + wallMs, hostRssBytes: rss },
      ...{ engine: Math.floor(index / life), engineRssBytes: 80e6 + bytesPerJob * (index % life) },
    });
  }
  return lines;
}

describe("the slope of latencies", () => {
  it("finds jobs that get slower, and none where none does", () => {
    const random = seededRandom(2);
    const of = (slower: number) =>
      latencySlopes(journal({ jobs: 2000, slower }, random), random, 300);
    const steady = of(0)!.own;
    const slower = of(4)!.own;
    console.log("steady:", steady, "4 % per 1,000 jobs:", slower);
    expect(steady.lower95).toBeLessThan(0.5);
    expect(steady.upper95).toBeGreaterThan(-0.5);
    expect(steady.upper95 - steady.lower95).toBeLessThan(2);
    expect(slower.lower95).toBeGreaterThan(2);
    expect(slower.upper95).toBeLessThan(6);
  });

  it("isn't told of a few jobs", () => {
    expect(latencySlopes(journal({ jobs: 100 }, seededRandom(1)), Math.random)).toBeUndefined();
  });
});

describe("the growth of memory", () => {
  it("is the leak's, of the host and of engines that live for a while", () => {
    const random = seededRandom(3);
    const lines = journal({ jobs: 2000, bytesPerJob: 30_000, life: 500 }, random);
    for (const figure of [hostGrowth(lines, random), engineGrowth(lines, random)]) {
      expect(figure!.slope).toBeGreaterThan(25_000);
      expect(figure!.slope).toBeLessThan(35_000);
      expect(figure!.upper95).toBeGreaterThan(29_000);
    }
    expect(engineGrowth(lines, random)!.segments).toBe(4);
  });

  it("isn't mistaken for what a new process takes anew", () => {
    const random = seededRandom(4);
    // Two runs, the second one 50 MB higher.
    const second = journal({ jobs: 1000 }, random).map((line) =>
      "hostRssBytes" in line ? { ...line, hostRssBytes: Number(line.hostRssBytes) + 50e6 } : line,
    );
    const lines = [...journal({ jobs: 1000 }, random), ...second];
    expect(Math.abs(hostGrowth(lines, random)!.slope)).toBeLessThan(2000);
  });
});

describe("a summary", () => {
  it("counts every problem once, and the outcomes of all runs", () => {
    const job = (index: number, more: object) => ({
      ...{ kind: "job", index, work: "a", outcome: "completed" },
      ...more,
    });
    const summary = summaryOf(
      [
        { kind: "run" },
        job(0, {}),
        job(1, { problem: "wrong" }),
        { kind: "disturbance", what: "resize", problem: "failed" },
        { kind: "end", wrong: ["one thing"] },
        { kind: "run" },
        job(2, { outcome: "cancelled", code: "ERR_WHISPER_ABORTED" }),
        job(3, { outcome: "lost", problem: "lost" }),
      ],
      { isolation: "thread", seed: 1 },
    );
    expect(summary).toMatchObject({
      ...{ jobs: 4, runs: 2, lost: 1, duplicates: 0, wrong: 1, unexpected: 1 },
      outcomes: { completed: 2, "cancelled ERR_WHISPER_ABORTED": 1, lost: 1 },
      inconsistencies: ["one thing"],
    });
  });
});

describe("a plan", () => {
  const settings = { seed: 1, isolation: "process", crashes: 60 };

  it("is the seed's and the number's alone", () => {
    expect(planOf(17, settings, works)).toEqual(planOf(17, settings, works));
    expect(planOf(17, { ...settings, seed: 2 }, works)).not.toEqual(planOf(17, settings, works));
  });

  it("crashes as often as it is told to, and only where there is a process to crash", () => {
    const crashes = (some: typeof settings) =>
      [...Array(12_000).keys()].filter((i) => planOf(i, some, works).disturbance === "crash")
        .length;
    expect(crashes(settings)).toBeGreaterThan(150);
    expect(crashes(settings)).toBeLessThan(250);
    expect(crashes({ ...settings, crashes: 0 })).toBe(0);
    expect(crashes({ ...settings, isolation: "thread" })).toBe(0);
  });
});

describe("a verdict", () => {
  const work = { expected: { content: "", segments: ["a", "b"] } };
  const plan = { work, reader: "in time" };
  const failed = (code: string, segments: string[] = []) => {
    const error = Object.assign(new Error("it failed"), { code });
    return { status: "failed", error, read: { segments, ordered: true } };
  };

  it("forgives a crash only after a second one", () => {
    const crashed = failed("ERR_WHISPER_ENGINE_CRASHED");
    expect(verdictOf(plan, crashed, 1)).toMatchObject({ problem: "unexpected" });
    expect(verdictOf(plan, crashed, 2)).toBeUndefined();
  });

  it("looks at what a failed job had delivered", () => {
    const aborted = failed("ERR_WHISPER_ABORTED", ["a"]);
    const cancelled = { ...plan, cancel: "once it runs" };
    expect(verdictOf(cancelled, aborted, 0)).toBeUndefined();
    expect(verdictOf(plan, aborted, 0)).toMatchObject({ problem: "unexpected" });
    const other = failed("ERR_WHISPER_ABORTED", ["b"]);
    expect(verdictOf(cancelled, other, 0)).toMatchObject({ problem: "wrong" });
    const twice = { ...failed("ERR_WHISPER_ABORTED"), read: { segments: ["a"], ordered: false } };
    expect(verdictOf(cancelled, twice, 0)).toMatchObject({ problem: "duplicate" });
    expect(verdictOf(plan, { status: "lost", read: aborted.read }, 0)).toEqual({ problem: "lost" });
  });
});
