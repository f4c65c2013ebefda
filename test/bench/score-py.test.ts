import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CONTENDERS } from "../../bench/detector/contenders.js";
import { gatesOf, wrongGiveUps } from "../../bench/detector/gates.js";
import { publicStreams } from "../../bench/detector/public-streams.js";
import { replay } from "../../bench/detector/replay.js";
import type { Group } from "../../bench/detector/scenarios.js";
import { type ScoredStream, summaryOf } from "../../bench/detector/scored-stream.js";
import { type Summary, summarize } from "../../bench/detector/summary.js";

/** What the reference's score.py says about the same decisions on the same streams; null is its NaN. */
interface Expected {
  readonly gates: readonly boolean[];
  readonly wrongGiveUps: { readonly wrong: number; readonly of: number };
  readonly groups: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

const expected = JSON.parse(
  readFileSync(new URL("../fixtures/detector/score-py.json", import.meta.url), "utf8"),
) as Record<string, Expected>;

const GROUP: Readonly<Record<string, Group>> = {
  "quiet (a b f g h j k1)": "quiet",
  "contention bursts": "contention bursts",
  "step in one ctx": "step in one unit",
  "creep in one ctx": "creep in one unit",
  "creep in all ctx": "creep in all units",
  "burst + step": "burst and step",
  "recurring step": "recurring step",
  "reset cannot help": "no reset helps",
};

const FIGURE: Readonly<Record<string, keyof Summary>> = {
  false: "falseResets",
  futile: "futileResets",
  prev: "preventiveResets",
  delay: "delay",
  d90: "delayP90",
  missed: "missed",
  cure: "cure",
  uncured: "uncured",
  lost: "lost",
  p50: "p50",
  p99: "p99",
  give: "gaveUp",
};

const streams = publicStreams();

describe("scores on the public streams are score.py's", () => {
  it.each(Object.keys(expected))("%s", (name) => {
    const contender = CONTENDERS.get(name);
    const wanted = expected[name];
    if (!contender || !wanted) throw new Error(`no contender "${name}"`);
    const scored: ScoredStream[] = streams.map((stream) => ({
      stream,
      score: replay(stream, contender.start(stream)),
    }));
    const all = summarize(scored.map(({ score }) => score));
    console.log(name, JSON.stringify(all));

    expect(gatesOf(scored).map((gate) => gate.passed)).toEqual(wanted.gates);
    expect(wrongGiveUps(scored)).toEqual(wanted.wrongGiveUps);
    expect(Object.keys(wanted.groups)).toEqual([...Object.keys(GROUP), "ALL"]);
    for (const [group, figures] of Object.entries(wanted.groups)) {
      const summary = group === "ALL" ? all : summaryOf(scored, GROUP[group] as Group);
      if (!summary) throw new Error(`no streams in "${group}"`);
      expect(Object.keys(figures)).toEqual(Object.keys(FIGURE));
      for (const [key, value] of Object.entries(figures)) {
        const got = summary[FIGURE[key] as keyof Summary];
        const label = `${group}: ${key}`;
        if (value === null) expect(got, label).toBeUndefined();
        else expect(got, label).toBeCloseTo(value, 9);
      }
    }
  });
});
