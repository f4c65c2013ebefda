// What the runs with injected faults say of a diagnosis, and which finished runs they go on with.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settingsOf } from "../../scripts/diagnose-faults/arguments.mjs";
import { Finished } from "../../scripts/diagnose-faults/finished.mjs";
import { summaryOf } from "../../scripts/diagnose-faults/summary.mjs";
import { truths } from "../../scripts/diagnose-faults/truths.mjs";
import { verdictOf } from "../../scripts/diagnose-faults/verdict.mjs";

type Verdicts = Record<string, "supported" | "refuted" | "undetermined">;

/** "H1" is a hypothesis, "H1 state" a part of it; all others are refuted, parts undetermined. */
function hypotheses(verdicts: Verdicts) {
  return ["H0", "H1", "H2", "H3", "H4", "H5", "H6"].map((id) => ({
    id,
    verdict: verdicts[id] ?? "refuted",
    parts: ["state", "context", "process", "growth", "slowdown"].map((part) => ({
      id: part,
      verdict: verdicts[`${id} ${part}`] ?? "undetermined",
    })),
  }));
}

function truth(name: string) {
  const found = truths.find((one) => one.name === name);
  if (!found) throw new Error(`there is no truth ${name}`);
  return found;
}

const judge = (name: string, verdicts: Verdicts) => verdictOf(truth(name), hypotheses(verdicts));

describe("the verdict on a diagnosis of an injected fault", () => {
  it("is right where the true hypothesis is supported, with its part", () => {
    expect(judge("state", { H1: "supported", "H1 state": "supported" }).outcome).toBe("right");
    expect(judge("context", { H1: "supported", "H1 context": "supported" }).outcome).toBe("right");
    expect(judge("none", { H0: "supported" }).outcome).toBe("right");
    const memory: Verdicts = { H3: "supported", "H3 growth": "supported", H0: "undetermined" };
    expect(judge("memory", memory).outcome).toBe("right");
    expect(judge("prompt", { H4: "supported", H0: "supported" }).outcome).toBe("right");
  });

  it("is undetermined where that is missing, and says what", () => {
    expect(judge("state", { H1: "supported" })).toEqual({
      outcome: "undetermined",
      why: ["H1 state undetermined"],
    });
    expect(judge("none", { H0: "undetermined" }).outcome).toBe("undetermined");
  });

  it("is wrong where something untrue is supported, or something true refuted", () => {
    const h1: Verdicts = { H1: "supported", "H1 state": "supported" };
    expect(judge("state", { ...h1, H4: "supported" }).why).toEqual(["H4 supported"]);
    expect(judge("state", { ...h1, H0: "supported" }).outcome).toBe("wrong");
    expect(judge("state", {}).why).toEqual(["H1 refuted"]);
    expect(judge("none", { H0: "supported", H6: "supported" }).outcome).toBe("wrong");
    expect(judge("prompt", { H4: "supported" }).why).toEqual(["H0 refuted"]);
  });

  it("is wrong where the cause is right and its place isn't", () => {
    const both: Verdicts = { H1: "supported", "H1 state": "supported", "H1 context": "supported" };
    expect(judge("state", both).why).toEqual(["H1 context supported"]);
    const elsewhere: Verdicts = {
      H1: "supported",
      "H1 state": "supported",
      "H1 context": "refuted",
    };
    expect(judge("context", elsewhere).why).toEqual(["H1 state supported", "H1 context refuted"]);
  });
});

describe("finished runs", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "steady-whisper-finished-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are found again by truth, seed and setting, and by nothing else", () => {
    new Finished(folder, { maxBlocks: 32 }).add(truth("state"), 3, { seconds: 7 });
    const again = new Finished(folder, { maxBlocks: 32 });
    expect(again.of(truth("state"), 3)).toEqual({ seconds: 7 });
    expect(again.of(truth("state"), 4)).toBeUndefined();
    expect(again.of(truth("none"), 3)).toBeUndefined();
    expect(new Finished(folder, { maxBlocks: 24 }).of(truth("state"), 3)).toBeUndefined();
  });

  it("are forgotten, with whatever lies beside them", () => {
    const finished = new Finished(path.join(folder, "runs"), {});
    finished.clear();
    finished.add(truth("none"), 1, {});
    writeFileSync(path.join(folder, "runs", "none-2.json.part"), "{");
    finished.clear();
    expect(finished.of(truth("none"), 1)).toBeUndefined();
  });
});

describe("the summary", () => {
  it("counts outcomes and reasons", () => {
    const run = (verdict: object) => ({ verdict, seconds: 60, diagnosis: { blocks: 24 } });
    const runs = [
      run({ outcome: "right", why: [] }),
      run({ outcome: "undetermined", why: ["H0 undetermined"] }),
      run({ outcome: "undetermined", why: ["H0 undetermined"] }),
      run({ outcome: "wrong", why: ["H4 supported"] }),
    ];
    expect(summaryOf("none", runs)).toMatchObject({
      ...{ runs: 4, right: 1, undetermined: 2, wrong: 1, blocks: 24, seconds: 60 },
      why: { "H0 undetermined": 2, "H4 supported": 1 },
    });
  });
});

describe("the command line", () => {
  it("takes some truths, and refuses what there isn't", () => {
    const { truths: some, runs } = settingsOf(["--only", "none,state", "--runs", "2"]);
    expect(some.map(({ name }) => name)).toEqual(["state", "none"]);
    expect(runs).toBe(2);
    expect(() => settingsOf(["--only", "nothing"])).toThrow(/no such truth/);
    expect(() => settingsOf(["--parallel", "3"])).toThrow(/from 1 to 2/);
    expect(() => settingsOf(["--least", "2"])).toThrow(/from 0 to 1/);
  });
});
