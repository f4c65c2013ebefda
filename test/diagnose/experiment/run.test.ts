import { describe, expect, it } from "vitest";
import { ARMS } from "../../../lib/diagnose/arms.js";
import type { DiagnosisProgress } from "../../../lib/diagnose/diagnose-options.js";
import { WhisperError } from "../../../lib/errors.js";
import { FakeHost, type FakeJob } from "./fake-engine.js";
import { leftOf, NOTHING, runOn } from "./support.js";

const OWN_ARMS = ARMS.filter((arm) => arm !== "other");

/** Jobs that are measured, not those that warm up. */
const isMeasured = ({ options }: FakeJob) => options.maxTokens === undefined;

describe("a run", () => {
  it("runs each block's clip once in every arm, ages by blocks, and frees everything", async () => {
    const host = new FakeHost();
    const { measurements, blocks, stopped, memory } = await runOn(host, { blocks: 6 });
    expect([blocks, stopped, measurements.length]).toEqual([6, "blocks", 6 * OWN_ARMS.length]);
    expect(measurements.map(({ seq }) => seq)).toEqual(measurements.map((_, index) => index));
    for (let block = 0; block < 6; block++) {
      const jobs = measurements.filter((each) => each.block === block);
      expect(jobs.map(({ arm }) => arm).sort()).toEqual([...OWN_ARMS].sort());
      expect(new Set(jobs.map(({ clip, age }) => `${clip} ${age}`)).size).toBe(1);
      expect(jobs[0]?.age).toBe(block);
    }
    expect(new Set(measurements.map(({ clipClass }) => clipClass)).size).toBe(4);
    expect(leftOf(host)).toEqual(NOTHING);
    // Contexts of 10 MiB: the fake's states weigh nothing.
    expect(memory).toMatchObject({ freedWithStatesBytes: 0, freedWithContextBytes: 10 * 2 ** 20 });
  });

  it("keeps three states for their arms, and makes what is fresh anew for each job, warmed up once", async () => {
    const host = new FakeHost();
    const { measurements } = await runOn(host, { blocks: 5 });
    const jobs = host.jobs.filter(isMeasured);
    // The first ones are those that the clips were cut by.
    const measured = jobs.slice(-measurements.length);
    const of = (arm: string) => measured.filter((_, index) => measurements[index]?.arm === arm);
    const distinct = (arm: string, what: "state" | "context" | "process") =>
      new Set(of(arm).map((job) => job[what])).size;
    const seen = OWN_ARMS.map((arm) => [
      arm,
      ...(["state", "context", "process"] as const).map((what) => distinct(arm, what)),
    ]);
    expect(seen).toEqual([
      ["kept", 1, 1, 1],
      ["at-once", 1, 1, 1],
      ["slowly", 1, 1, 1],
      ["fresh-state", 5, 1, 1],
      ["fresh-context", 5, 5, 1],
      ["fresh-process", 5, 5, 5],
      ["no-previous-text", 5, 1, 1],
    ]);
    expect(new Set(["kept", "at-once", "slowly"].map((arm) => of(arm)[0]?.state)).size).toBe(3);
    for (const arm of OWN_ARMS) {
      const fresh = arm.startsWith("fresh") || arm === "no-previous-text";
      expect(of(arm).map(({ jobsOfState }) => jobsOfState)).toEqual(
        fresh ? [1, 1, 1, 1, 1] : [1, 2, 3, 4, 5],
      );
    }
    for (const { options } of of("no-previous-text")) expect(options.maxTextContext).toBe(0);
    for (const { options } of of("fresh-state")) expect(options.maxTextContext).toBe(undefined);
  });

  it("samples the kept process without what was made for a job", async () => {
    const { measurements } = await runOn(new FakeHost(), { blocks: 4 });
    const kept = measurements.filter(({ arm }) => arm !== "fresh-process");
    const jobs = { "fresh-context": 3, "fresh-state": 2, "no-previous-text": 2 };
    for (const { arm, memory } of kept) {
      const grown = (memory.after?.rssBytes ?? 0) - (memory.before?.rssBytes ?? 0);
      expect([arm, grown / 2 ** 20]).toEqual([arm, jobs[arm as keyof typeof jobs] ?? 1]);
    }
  });

  it("lets the slow reader lag, and reads the kept state's segments after the run", async () => {
    const { measurements } = await runOn(new FakeHost(), { blocks: 5 });
    const lags = (name: string) =>
      measurements
        .filter(({ arm, clipClass }) => arm === name && clipClass === "long")
        .map(({ readerLagMs }) => readerLagMs);
    expect(lags("kept")).toEqual([undefined, undefined]);
    const atOnce = Math.max(...lags("at-once").map(Number));
    for (const lag of lags("slowly")) expect(lag).toBeGreaterThan(5 * atOnce);
    console.log(`lag of the slow reader: ${lags("slowly")} ms; at once: ${lags("at-once")} ms`);
  });

  it("measures the other model beside the own one", async () => {
    const [host, other] = [new FakeHost(), new FakeHost()];
    other.course = () => 1.5;
    const { measurements, hypotheses } = await runOn(
      host,
      { blocks: 12, compareWith: "other.bin" },
      { other },
    );
    expect(measurements.filter(({ arm }) => arm === "other")).toHaveLength(12);
    expect(hypotheses.find(({ id }) => id === "H5")?.verdict).toBe("supported");
    expect([leftOf(host), leftOf(other)]).toEqual([NOTHING, NOTHING]);
  });

  it("is the same for the same seed, and another for another one", async () => {
    const order = async (seed: number) =>
      (await runOn(new FakeHost(), { blocks: 5, seed })).measurements.map(
        ({ arm, clip }) => `${clip} ${arm}`,
      );
    const first = await order(5);
    expect(await order(5)).toEqual(first);
    expect(await order(6)).not.toEqual(first);
  });
});

describe("a run stops", () => {
  it("at the first look at which everything is decided", async () => {
    const { stopped, blocks, hypotheses } = await runOn(new FakeHost(), { maxBlocks: 60 });
    console.log(`${blocks} blocks: ${hypotheses.map(({ id, verdict }) => `${id} ${verdict}`)}`);
    expect(stopped).toBe(blocks < 60 ? "verdicts" : "blocks");
    expect((blocks - 12) % 4).toBe(0);
  });

  it("when its time is up, after the block under way", async () => {
    let now = 0;
    const host = new FakeHost();
    host.course = () => {
      now += 1000;
      return 1;
    };
    const limit = { maxBlocks: 1000, timeLimitMinutes: 1 };
    const { stopped, measurements } = await runOn(host, limit, { now: () => now });
    expect(stopped).toBe("time");
    expect(measurements.length % OWN_ARMS.length).toBe(0);
    expect(measurements.length).toBeGreaterThan(0);
  });

  it.each([0, 1, 9])("when its signal aborts after %i jobs, with what there is", async (jobs) => {
    const controller = new AbortController();
    const host = new FakeHost();
    if (jobs === 0) controller.abort();
    const { stopped, measurements, memory, hypotheses } = await runOn(host, {
      blocks: 4,
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.jobs === jobs) controller.abort();
      },
    });
    expect([stopped, measurements.length]).toEqual(["interrupted", jobs]);
    expect(memory.freedWithStatesBytes).toBe(undefined);
    expect(hypotheses).toHaveLength(7);
    expect(leftOf(host)).toEqual(NOTHING);
  });
});

describe("what fails", () => {
  it("a process that dies in a job costs that job, and what was kept begins anew", async () => {
    const host = new FakeHost();
    let deaths = 0;
    let jobs = 0;
    host.course = (job) => {
      if (isMeasured(job)) jobs += 1;
      if (deaths > 0 || jobs < 40 || job.options.maxTextContext !== 0) return 1;
      deaths += 1;
      return "death";
    };
    const { measurements, stopped } = await runOn(host, { blocks: 6 });
    const failed = measurements.filter(({ error }) => error !== undefined);
    expect(failed).toMatchObject([
      { arm: "no-previous-text", error: "ERR_WHISPER_ENGINE_CRASHED", session: 0, wallMs: 0 },
    ]);
    const { seq, block } = failed[0]!;
    for (const { age, session, ...each } of measurements) {
      const begunIn = each.seq > seq ? block : 0;
      expect([session, age]).toEqual([each.seq > seq ? 1 : 0, each.block - begunIn]);
    }
    expect(stopped).toBe("blocks");
    expect(leftOf(host)).toEqual(NOTHING);
  });

  it("a fresh process that dies makes nothing else anew", async () => {
    const host = new FakeHost();
    const aged = () => host.jobs[0]?.process;
    host.course = (job) =>
      isMeasured(job) && job.process !== aged() && job.jobsOfProcess === 2 && host.jobs.length > 60
        ? new WhisperError("ERR_WHISPER_INFERENCE_FAILED", "no")
        : 1;
    const { measurements } = await runOn(host, { blocks: 4 });
    const failed = measurements.filter(({ error }) => error !== undefined);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed.map(({ arm }) => arm))).toEqual(new Set(["fresh-process"]));
    expect(new Set(measurements.map(({ session }) => session))).toEqual(new Set([0]));
    expect(leftOf(host)).toEqual(NOTHING);
  });

  it("three in a row end the run with what they failed with", async () => {
    const host = new FakeHost();
    host.course = (job) => (isMeasured(job) && host.jobs.length > 60 ? "death" : 1);
    await expect(runOn(host, { blocks: 6 })).rejects.toMatchObject({
      code: "ERR_WHISPER_ENGINE_CRASHED",
    });
    expect(leftOf(host)).toEqual(NOTHING);
  });

  it("a process that can't be started is told at once", async () => {
    const host = new FakeHost();
    host.failStarts = true;
    await expect(runOn(host)).rejects.toMatchObject({ code: "ERR_WHISPER_ENGINE_CRASHED" });
    const other = new FakeHost();
    other.failStarts = true;
    const own = new FakeHost();
    const compared = runOn(own, { compareWith: "other.bin" }, { other });
    await expect(compared).rejects.toMatchObject({ code: "ERR_WHISPER_ENGINE_CRASHED" });
    expect([own.jobs.filter(isMeasured), leftOf(own)]).toEqual([[], NOTHING]);
  });
});

describe("progress", () => {
  it("goes through the phases, with verdicts from the first look on, and the time that is left", async () => {
    const told: DiagnosisProgress[] = [];
    await runOn(new FakeHost(), { blocks: 13, onProgress: (progress) => told.push(progress) });
    expect([...new Set(told.map(({ phase }) => phase))]).toEqual([
      "preparing",
      "measuring",
      "finishing",
    ]);
    expect(told.filter(({ jobs }) => jobs === 3)).toMatchObject([
      { block: 0, blocks: 13, leftMs: undefined, interim: [] },
    ]);
    const last = told.at(-1)!;
    expect(last).toMatchObject({ block: 13, jobs: 13 * OWN_ARMS.length });
    expect(last.leftMs).toBe(0);
    expect(last.interim.map(({ id }) => id)).toEqual(["H0", "H1", "H2", "H3", "H4", "H5", "H6"]);
    const left = told.filter(({ block }) => block === 6).map(({ leftMs }) => leftMs ?? 0);
    expect(left.every((ms) => ms > 0)).toBe(true);
  });

  it("a listener that throws doesn't disturb the run", async () => {
    const thrown: unknown[] = [];
    const listener = (error: unknown) => thrown.push(error);
    const before = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", listener);
    try {
      const { blocks } = await runOn(new FakeHost(), {
        blocks: 4,
        onProgress: () => {
          throw new Error("the user's");
        },
      });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(blocks).toBe(4);
      expect(thrown.length).toBeGreaterThan(4);
    } finally {
      process.removeListener("uncaughtException", listener);
      for (const each of before) process.on("uncaughtException", each);
    }
  });
});
