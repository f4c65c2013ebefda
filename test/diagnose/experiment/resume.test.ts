import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DiagnoseOptions } from "../../../lib/diagnose/diagnose-options.js";
import { audioPath } from "../../support/micro.js";
import { FakeHost } from "./fake-engine.js";
import { leftOf, NOTHING, runOn, withFolder } from "./support.js";

/** Aborts a run when so many jobs have been measured. */
function until(jobs: number): Pick<DiagnoseOptions, "signal" | "onProgress"> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (progress) => {
      if (progress.jobs === jobs) controller.abort();
    },
  };
}

const order = (measurements: readonly { clip: string; arm: string; block: number }[]) =>
  measurements.map(({ clip, arm, block }) => `${block} ${clip} ${arm}`);

describe("a journal", () => {
  it("goes on where it ended: what wasn't whole is run again, in a new session", () =>
    withFolder(async (folder) => {
      const journal = join(folder, "run.jsonl");
      const whole = await runOn(new FakeHost(), { blocks: 5 });
      const begun = await runOn(new FakeHost(), { blocks: 5, journal, ...until(17) });
      expect([begun.stopped, begun.blocks, begun.measurements.length]).toEqual([
        "interrupted",
        2,
        17,
      ]);
      const host = new FakeHost();
      const resumed = await runOn(host, { blocks: 5, journal, resume: true, seed: undefined });
      expect(order(resumed.measurements)).toEqual(order(whole.measurements));
      expect(resumed.measurements.slice(0, 14)).toEqual(begun.measurements.slice(0, 14));
      expect(resumed.measurements.map(({ session, age }) => `${session} ${age}`)).toEqual(
        whole.measurements.map(({ block }) => (block < 2 ? `0 ${block}` : `1 ${block - 2}`)),
      );
      expect(resumed.measurements.map(({ seq }) => seq)).toEqual(
        whole.measurements.map(({ seq }) => seq),
      );
      expect(resumed.settings.seed).toBe(1);
      expect(leftOf(host)).toEqual(NOTHING);
      // And once more, longer.
      const longer = await runOn(new FakeHost(), { blocks: 6, journal, resume: true });
      expect([longer.blocks, longer.measurements.at(-1)?.session]).toEqual([6, 2]);
    }));

  it("that was torn in the midst of a line loses that block alone", () =>
    withFolder(async (folder) => {
      const journal = join(folder, "run.jsonl");
      await runOn(new FakeHost(), { blocks: 4, journal });
      const text = await readFile(journal, "utf8");
      await writeFile(journal, text.slice(0, -200));
      const resumed = await runOn(new FakeHost(), { blocks: 4, journal, resume: true });
      expect(resumed.measurements.map(({ session }) => session)).toEqual([
        ...Array(21).fill(0),
        ...Array(7).fill(1),
      ]);
      expect((await readFile(journal, "utf8")).trim().split("\n")).toHaveLength(5);
    }));

  it("of another run is refused, with what differs", () =>
    withFolder(async (folder) => {
      const journal = join(folder, "run.jsonl");
      await runOn(new FakeHost(), { blocks: 4, journal });
      const before = await readFile(journal, "utf8");
      const refused = (options: DiagnoseOptions, node?: string) => {
        const host = new FakeHost();
        const more = node === undefined ? {} : { node };
        return runOn(host, { blocks: 4, journal, resume: true, ...options }, more).then(
          () => "it went on",
          (error) => {
            expect(leftOf(host)).toEqual(NOTHING);
            return `${error.code} ${error.message}`;
          },
        );
      };
      const code = "ERR_WHISPER_INVALID_ARG";
      expect(await refused({ options: { beamSize: 2 } })).toMatch(`${code} journal`);
      expect(await refused({ options: { beamSize: 2 } })).toMatch(/differs from it: options/);
      expect(await refused({ audio: audioPath("en-03.wav") })).toMatch(/differs from it: audio/);
      expect(await refused({ model: audioPath("en-03.wav") })).toMatch(/differs from it: model/);
      expect(await refused({}, "v1")).toMatch(/differs from it: versions/);
      expect(await refused({ seed: 2 })).toMatch(`${code} seed must be 1 as the journal's`);
      expect(await refused({ resume: false })).toMatch("a file that isn't there yet");
      expect(await readFile(journal, "utf8")).toBe(before);
    }));

  it("that is none, or isn't there, is refused", () =>
    withFolder(async (folder) => {
      const file = join(folder, "other.txt");
      const refused = () =>
        expect(runOn(new FakeHost(), { journal: file, resume: true })).rejects.toMatchObject({
          ...{ code: "ERR_WHISPER_INVALID_ARG", argument: "journal" },
        });
      await refused();
      for (const text of ["", "a text\n", "{}\n", '{"kind":"steady-whisper diagnosis"}\n[1]\n']) {
        await writeFile(file, text);
        await refused();
      }
      await appendFile(file, "");
      await expect(
        runOn(new FakeHost(), { blocks: 4, journal: join(folder, "missing", "x.jsonl") }),
      ).rejects.toMatchObject({ code: "ERR_WHISPER_INVALID_ARG", argument: "journal" });
    }));
});
