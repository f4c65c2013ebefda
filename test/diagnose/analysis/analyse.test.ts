import { describe, expect, it } from "vitest";
import { analyse, isLook } from "../../../lib/diagnose/analysis/analyse.js";
import { undecided } from "../../../lib/diagnose/analysis/undecided.js";
import type { Arm } from "../../../lib/diagnose/arms.js";
import type { Analysis, HypothesisId } from "../../../lib/diagnose/diagnosis.js";
import type { Measurement } from "../../../lib/diagnose/measurement.js";
import { ARMS, blocks, job } from "./jobs.js";

const FIXED = { mode: "fixed", maxBlocks: 60 } as const;
const STATES: readonly Arm[] = ["kept", "at-once", "slowly"];
const IN_CONTEXT: readonly Arm[] = [...STATES, "fresh-state", "no-previous-text"];
const IN_PROCESS: readonly Arm[] = [...IN_CONTEXT, "fresh-context"];

function verdicts(analysis: Analysis): Record<string, string> {
  return Object.fromEntries(analysis.hypotheses.map(({ id, verdict }) => [id, verdict]));
}

function found(analysis: Analysis, id: HypothesisId) {
  return analysis.hypotheses.find((hypothesis) => hypothesis.id === id)!;
}

function parts(analysis: Analysis, id: HypothesisId): Record<string, string> {
  return Object.fromEntries(found(analysis, id).parts.map((part) => [part.id, part.verdict]));
}

/** Memory that stays, but for a walk of up to 10 KB. */
function memory(arm: Arm, block: number, perBlock = 0): Pick<Measurement, "memory"> {
  const rssBytes = 300e6 + perBlock * block + ((7919 * block) % 10) * 1e3;
  return { memory: { after: { rssBytes: arm === "fresh-process" ? 250e6 : rssBytes } } };
}

/** Ageing of 2 % per block of these arms. */
const ageing = (arms: readonly Arm[]) => (arm: Arm, block: number) => ({
  ...memory(arm, block),
  slower: arms.includes(arm) ? 1 + 0.02 * block : 1,
});

describe("what is told apart", () => {
  it("cost follows work", () => {
    const analysis = analyse(blocks(16, memory), FIXED);
    expect(verdicts(analysis)).toMatchObject({ H0: "supported", H1: "refuted", H2: "refuted" });
    expect(verdicts(analysis)).toMatchObject({ H3: "refuted", H4: "refuted", H5: "undetermined" });
    expect(undecided(analysis)).toEqual([]);
    expect(analysis.summary[0]).toMatch(/^Jobs don't get slower/);
    expect(analysis.jobs).toEqual({ judged: 16 * ARMS.length, waited: 0, failed: 0 });
    console.log(analysis.summary.join("\n"));
  });

  it("state, by a fresh state", () => {
    const analysis = analyse(blocks(16, ageing(STATES)), FIXED);
    expect(verdicts(analysis)).toMatchObject({ H0: "refuted", H1: "supported", H2: "refuted" });
    expect(parts(analysis, "H1")).toEqual({
      state: "supported",
      context: "refuted",
      process: "refuted",
    });
    expect(analysis.summary[0]).toContain("A fresh state cures it.");
  });

  it("the context, which a fresh state doesn't cure", () => {
    const analysis = analyse(blocks(16, ageing(IN_CONTEXT)), FIXED);
    expect(parts(analysis, "H1")).toEqual({
      state: "refuted",
      context: "supported",
      process: "refuted",
    });
    expect(analysis.summary[0]).toContain("A fresh context cures it, a fresh state doesn't.");
  });

  it("the process, by whether its memory grows", () => {
    const steady = analyse(blocks(16, ageing(IN_PROCESS)), FIXED);
    expect(verdicts(steady)).toMatchObject({ H0: "refuted", H1: "supported", H3: "refuted" });
    const leaks = (arm: Arm, block: number) => ({
      ...ageing(IN_PROCESS)(arm, block),
      ...memory(arm, block, 30e6),
    });
    const leaking = analyse(blocks(16, leaks), { ...FIXED, freed: { statesBytes: 2 ** 20 } });
    expect(verdicts(leaking)).toMatchObject({ H0: "refuted", H1: "refuted", H3: "supported" });
    expect(parts(leaking, "H3")).toEqual({ growth: "supported", slowdown: "supported" });
    expect(found(leaking, "H3").says.join(" ")).toContain("1.00 MiB when the states were freed");
    const unknown = analyse(
      blocks(16, (arm, block) => ({ ...ageing(IN_PROCESS)(arm, block), memory: {} })),
      FIXED,
    );
    expect(verdicts(unknown)).toMatchObject({ H1: "undetermined", H3: "undetermined" });
  });

  it("growth of memory that slows nothing", () => {
    const analysis = analyse(
      blocks(16, (arm, block) => memory(arm, block, 30e6)),
      FIXED,
    );
    expect(verdicts(analysis)).toMatchObject({ H0: "supported", H3: "supported" });
    expect(found(analysis, "H3").effect!.estimate).toBeCloseTo(30e6 / 6, -5);
    expect(analysis.summary[0]).toMatch(/^Memory isn't given back/);
  });

  it("segments that pile up unread", () => {
    const slowReader = (arm: Arm, block: number) => ({
      ...ageing(["kept"])(arm, block),
      readerLagMs: arm === "slowly" ? 1300 : 0,
    });
    const analysis = analyse(blocks(16, slowReader), FIXED);
    expect(verdicts(analysis)).toMatchObject({ H0: "refuted", H1: "refuted", H2: "supported" });
    expect(parts(analysis, "H2")).toEqual({ late: "supported", slowly: "refuted" });
    expect(found(analysis, "H2").says[0]).toMatch(/^The slow reader finished 1\.30 s after/);
  });

  it("previous text, by its own time and not by its work", () => {
    const text = (arm: Arm, block: number) =>
      arm === "no-previous-text"
        ? memory(arm, block)
        : { ...memory(arm, block), slower: 1.5, tokens: 150 };
    const analysis = analyse(blocks(16, text), FIXED);
    expect(verdicts(analysis)).toMatchObject({ H0: "supported", H4: "supported" });
    expect(found(analysis, "H4").effect!.estimate).toBeCloseTo(1.5, 1);
    expect(found(analysis, "H4").says.join(" ")).toContain("150 tokens");
  });

  it("another build, slower or faster", () => {
    const arms = [...ARMS, "other"] as const;
    for (const slower of [1.3, 1 / 1.3, 1]) {
      const of = (arm: Arm) => (arm === "other" ? { slower } : {});
      const jobs = blocks(16, of, arms);
      const { verdict, says } = found(analyse(jobs, { ...FIXED, compareWith: "old.node" }), "H5");
      expect(verdict).toBe(slower === 1 ? "refuted" : "supported");
      if (slower !== 1) expect(says[0]).toContain(slower > 1 ? "slower" : "faster");
      expect(verdicts(analyse(jobs, FIXED))).toMatchObject({ H5: "undetermined" });
    }
  });
});

describe("robustness", () => {
  it("answers without any jobs, with failed and with waiting ones only", () => {
    const failed = blocks(5, () => ({ error: "ERR_WHISPER_ENGINE_CRASHED", wallMs: 0 }));
    const waiting = blocks(5, () => ({ shareAtWork: 0.5 }));
    for (const [jobs, why] of [
      [[], /^There is nothing to judge/],
      [failed, /35 jobs failed/],
      [waiting, /35 jobs waited for a processor/],
    ] as const) {
      const analysis = analyse(jobs, FIXED);
      expect(analysis.hypotheses.every(({ verdict }) => verdict === "undetermined")).toBe(true);
      expect(analysis.summary).toEqual([expect.stringMatching(why)]);
      JSON.parse(JSON.stringify(analysis));
    }
    expect(analyse(failed, FIXED).jobs).toEqual({ judged: 0, waited: 0, failed: 35 });
    expect(analyse(waiting, FIXED).jobs).toEqual({ judged: 0, waited: 35, failed: 0 });
  });

  it("has finite figures for any number of blocks and any arms", () => {
    for (const arms of [ARMS, ["kept", "fresh-process"], ["at-once"], ["other"]] as Arm[][]) {
      for (const count of [1, 2, 4, 5, 7, 12]) {
        const analysis = analyse(blocks(count, memory, arms), { ...FIXED, mode: "sequential" });
        const text = JSON.stringify(analysis, (_, value) =>
          typeof value === "number" && !Number.isFinite(value) ? "not finite" : value,
        );
        expect(text).not.toContain("not finite");
      }
    }
  });

  it("takes the time that a job waited off", () => {
    const waited = (arm: Arm) =>
      arm === "kept" ? { wallMs: 2000 / 0.7, encodeMs: 1000 / 0.7, shareAtWork: 0.7 } : {};
    const analysis = analyse(blocks(16, waited), FIXED);
    expect(verdicts(analysis)).toMatchObject({ H0: "supported", H2: "refuted" });
  });

  it("compares nothing across a resumption, whose ages begin anew", () => {
    const growing = ageing(STATES);
    const first = blocks(10, growing);
    const second = blocks(10, growing).map((own) => ({
      ...own,
      seq: own.seq + first.length,
      block: own.block + 10,
      session: 1,
    }));
    // A block that was cut in two: the first half of its jobs is old, and repeats a block of the second session.
    const cut = first.slice(-3).map((own) => ({ ...own, block: 10 }));
    const analysis = analyse([...first, ...cut, ...second], FIXED);
    expect(parts(analysis, "H1").state).toBe("supported");
    const contrast = analysis.contrasts.find(({ id }) => id === "at-once/fresh-state")!;
    expect(contrast.pairs).toBe(20);
    // 2 % per block, at a mean age of 7 (the later half of 0 to 9), halved by the encoder.
    expect(contrast.effect.estimate).toBeCloseTo(1 + (0.02 * 7) / 2, 1);
  });

  it("finds a slowdown of a single clip, and refutes nothing then", () => {
    const longOnly = (pace: number) => (arm: Arm, block: number) =>
      block % 3 === 0 && STATES.includes(arm)
        ? { ...memory(arm, block), slower: 1 + pace * block }
        : memory(arm, block);
    const slow = analyse(blocks(36, longOnly(0.02)), FIXED);
    expect(parts(slow, "H1").state).not.toBe("refuted");
    const slower = analyse(blocks(36, longOnly(0.04)), FIXED);
    expect(parts(slower, "H1").state).toBe("supported");
  });
});

describe("a sequential run", () => {
  it("looks at 12 blocks first, then every 4, and more rarely beyond 60", () => {
    const looks = Array.from({ length: 121 }, (_, block) => block).filter(isLook);
    expect(looks).toEqual([12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 80, 100, 120]);
  });

  it("doesn't refute a creep that is small in the beginning and would be large at its end", () => {
    // x1.05 at 12 blocks, x1.25 at 60.
    const creep = (arm: Arm, block: number) => ({
      ...memory(arm, block),
      slower: STATES.includes(arm) ? Math.exp(0.005 * block) : 1,
    });
    const jobs = blocks(12, creep);
    const early = analyse(jobs, { mode: "sequential", maxBlocks: 60 });
    expect(found(early, "H1").verdict).not.toBe("refuted");
    expect(undecided(early)).toContain("H1");
    expect(verdicts(analyse(jobs, FIXED)).H1).toBe("refuted");
  });
});

describe("H6", () => {
  const device = {
    ...{ requested: "auto", backend: "cpu", name: "CPU", gpu: false, gpuSigns: [], jobs: 12 },
    ...{ utilisation: undefined, speedup: undefined, realTimeFactor: undefined },
  };
  const interval = (low: number, high: number) => ({
    ...{ estimate: (low + high) / 2, low, high, confidence: 0.95 },
  });
  const cases = [
    ["nothing is known", device, "undetermined"],
    ["the CPU works", { ...device, utilisation: interval(0.8, 0.95) }, "refuted"],
    ["the CPU waits", { ...device, utilisation: interval(0.2, 0.4) }, "supported"],
    [
      "a GPU is passed over",
      { ...device, gpuSigns: ["/dev/x"], utilisation: interval(0.8, 0.9) },
      "supported",
    ],
    [
      "the CPU was asked for",
      { ...device, requested: "cpu", gpuSigns: ["/dev/x"] },
      "undetermined",
    ],
    ["the GPU idles", { ...device, gpu: true, utilisation: interval(0.01, 0.03) }, "supported"],
    ["the GPU works", { ...device, gpu: true, utilisation: interval(0.4, 0.6) }, "refuted"],
    ["the GPU is no faster", { ...device, gpu: true, speedup: interval(0.8, 1.1) }, "supported"],
    ["the GPU is fast", { ...device, gpu: true, speedup: interval(8, 12) }, "refuted"],
  ] as const;
  it.each(cases)("%s", (_, findings, verdict) => {
    const analysis = analyse([job()], { ...FIXED, device: findings });
    expect(found(analysis, "H6").verdict).toBe(verdict);
    expect(undecided(analysis)).not.toContain("H6");
  });
});
