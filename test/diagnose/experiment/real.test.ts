import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ARMS } from "../../../lib/diagnose/arms.js";
import { diagnose } from "../../../lib/diagnose/diagnose.js";
import type { Diagnosis } from "../../../lib/diagnose/diagnosis.js";
import { processHosts } from "../../../lib/diagnose/experiment/hosts.js";
import { machineFacts } from "../../../lib/diagnose/experiment/machine.js";
import { Run } from "../../../lib/diagnose/experiment/run.js";
import { diagnoseSettings } from "../../../lib/diagnose/experiment/settings.js";
import type { Engine, EngineContext, EngineHost, EngineState } from "../../../lib/engine/engine.js";
import { withFolder } from "./support.js";

/** Pids of this process's children (Linux). */
function children(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1]) ===
          process.pid
        );
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}

/** A host whose jobs' texts are noted, in their order. Warm-ups, which are short, are not. */
function noting(host: EngineHost, texts: string[]): EngineHost {
  const state = (of: EngineState): EngineState => ({
    info: of.info,
    reset: () => of.reset(),
    free: () => of.free(),
    transcribe: async (audio, options, onSegments) => {
      const result = await of.transcribe(audio, options, onSegments);
      if (options.maxTokens === undefined) texts.push(result.text);
      return result;
    },
  });
  const context = (of: EngineContext): EngineContext => ({
    info: of.info,
    createState: async () => state(await of.createState()),
    memory: () => of.memory(),
    free: () => of.free(),
  });
  const engine = (of: Engine): Engine => ({
    ...{ pid: of.pid, died: of.died },
    get dead() {
      return of.dead;
    },
    loadContext: async (signal) => context(await of.loadContext(signal)),
    prepareAudio: (audio, options) => of.prepareAudio(audio, options),
    abandon: () => of.abandon(),
    close: () => of.close(),
  });
  return { topRung: host.topRung, start: async (signal) => engine(await host.start(signal)) };
}

function tell({ measurements, blocks, startedAt, finishedAt }: Diagnosis): void {
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  const lag = measurements.findLast(
    ({ arm, clipClass }) => arm === "slowly" && clipClass === "long",
  );
  console.log(
    `${blocks} blocks, ${measurements.length} jobs in ${seconds.toFixed(1)} s; slow reader's lag ${lag?.readerLagMs?.toFixed(0)} ms`,
  );
}

// Ten seconds each on an idle machine; one that is busy needs a multiple.
describe("the experiment on the embedded model", { timeout: 240_000 }, () => {
  it("runs every arm on the CPU with the same texts, and leaves no process behind", async () => {
    const before = children();
    const settings = diagnoseSettings({ blocks: 4, threads: 1, seed: 4, backend: "cpu" });
    const hosts = processHosts(settings);
    const texts: string[] = [];
    const run = new Run(settings, {
      hosts: { ...hosts, own: noting(hosts.own, texts) },
      ...{ machine: machineFacts(), gpuSigns: [] },
      ...{ now: () => performance.now(), date: () => new Date() },
    });
    const diagnosis = await run.result();
    tell(diagnosis);
    const { measurements, device, stopped, memory, hypotheses } = diagnosis;
    const arms = ARMS.filter((arm) => arm !== "other");
    expect([stopped, measurements.length]).toEqual(["blocks", 4 * arms.length]);
    expect(device).toMatchObject({ backend: "cpu", requested: "cpu", gpu: false });
    const judged = texts.slice(-measurements.length);
    for (let block = 0; block < 4; block++) {
      const jobs = measurements.filter((job) => job.block === block);
      expect(jobs.map(({ arm }) => arm).sort()).toEqual([...arms].sort());
      // Text of the window before may change the next one: without it a text may be another.
      const withText = jobs.filter(({ arm }) => arm !== "no-previous-text");
      expect(new Set(withText.map(({ seq }) => judged[seq])).size).toBe(1);
      expect(new Set(withText.map(({ tokens, windows }) => `${tokens} ${windows}`)).size).toBe(1);
    }
    const words = measurements.map(({ clipClass, seq }) => [clipClass, judged[seq]] as const);
    for (const [clipClass, text] of words) expect(text === "").toBe(clipClass === "sine");
    const long = measurements.filter(({ clipClass }) => clipClass === "long");
    for (const { windows, segments } of long) {
      expect(windows).toBeGreaterThanOrEqual(2);
      expect(segments).toBeGreaterThanOrEqual(10);
    }
    expect(long.length).toBeGreaterThan(0);
    for (const { memory: sample, error, setUpMs, arm, resetMs } of measurements) {
      expect([error, (sample.after?.rssBytes ?? 0) > 2 ** 20]).toEqual([undefined, true]);
      expect(setUpMs > 0).toBe(!["kept", "at-once", "slowly"].includes(arm));
      expect(resetMs !== undefined).toBe(arm === "fresh-state");
    }
    expect(memory.freedWithContextBytes).toBeGreaterThan(0);
    expect(hypotheses.map(({ id }) => id)).toEqual(["H0", "H1", "H2", "H3", "H4", "H5", "H6"]);
    expect(children().filter((pid) => !before.includes(pid))).toEqual([]);
    expect(JSON.parse(JSON.stringify(diagnosis))).toMatchObject({ kind: "experiment", schema: 1 });
  });

  it("goes on from its journal after an interruption", () =>
    withFolder(async (folder) => {
      const journal = join(folder, "run.jsonl");
      const controller = new AbortController();
      const options = { blocks: 4, threads: 1, seed: 9, backend: "cpu", journal } as const;
      const begun = await diagnose({
        ...options,
        signal: controller.signal,
        onProgress: ({ jobs }) => jobs === 9 && controller.abort(),
      });
      expect([begun.stopped, begun.blocks, begun.measurements.length]).toEqual([
        "interrupted",
        1,
        9,
      ]);
      const resumed = await diagnose({ ...options, resume: true });
      tell(resumed);
      expect([resumed.stopped, resumed.blocks]).toEqual(["blocks", 4]);
      expect(resumed.measurements.slice(0, 7)).toEqual(begun.measurements.slice(0, 7));
      expect(resumed.measurements.map(({ session, age }) => [session, age])).toEqual(
        resumed.measurements.map(({ block }) => (block < 1 ? [0, 0] : [1, block - 1])),
      );
      expect(resumed.startedAt).toBe(begun.startedAt);
    }));

  it("tells before anything is measured that what is compared can't be had", async () => {
    const before = children();
    const code = (compareWith: string) =>
      diagnose({ compareWith, blocks: 4, threads: 1, backend: "cpu" }).then(
        () => "none",
        (error) => error.code,
      );
    expect(await code("/no/such/model.bin")).toBe("ERR_WHISPER_MODEL_NOT_FOUND");
    expect(await code("/no/such/build.node")).toBe("ERR_WHISPER_ADDON_NOT_FOUND");
    expect(children().filter((pid) => !before.includes(pid))).toEqual([]);
  });
});
