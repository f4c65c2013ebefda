// One OS thread for each state, and all of its jobs on it. The kernel is asked: /proc/self/task, and there the CPU time
// in schedstat.

import { describe, expect, it } from "vitest";
import { isLinux, runInChild } from "../support/child.js";

interface Job {
  state: number;
  /** The thread whose CPU time grew most, by how much, and what the job tells. */
  busiest: string;
  busiestMs: number;
  cpuMs: number;
}

describe.runIf(isLinux)("a state", () => {
  it("is one thread more, runs all of its jobs and resets on it, and takes it away", async () => {
    const end = await runInChild(async ({ lib, fs, samplesOf, sleep, report }) => {
      const cpuMs = (): Record<string, number> => {
        const times: [string, number][] = [];
        for (const id of fs.readdirSync("/proc/self/task")) {
          try {
            const [ns] = fs.readFileSync(`/proc/self/task/${id}/schedstat`, "latin1").split(" ");
            times.push([id, Number(ns) / 1e6]);
          } catch {} // ended in the meantime
        }
        return Object.fromEntries(times);
      };
      const ids = () => Object.keys(cpuMs());
      const speech = samplesOf("en-03.wav");
      const context = await lib.WhisperContext.create();
      // What Node starts on first use is there after this, and what loading needed is gone.
      const first = await context.createState();
      await first.transcribe(speech, { threads: 1 });
      await first.free();
      await sleep(100);
      const before = ids();

      const states: Awaited<ReturnType<typeof context.createState>>[] = [];
      const own: string[][] = [];
      for (let i = 0; i < 4; i++) {
        const known = ids();
        states.push(await context.createState());
        own.push(ids().filter((id) => !known.includes(id)));
      }
      report({ grown: ids().length - before.length, own });

      const jobs: Job[] = [];
      for (const [state, one] of [...states.entries(), ...states.entries()]) {
        const earlier = cpuMs();
        const { timing } = await one.transcribe(speech, { threads: 1 });
        const grown = Object.entries(cpuMs()).map(
          ([id, ms]) => [id, ms - (earlier[id] ?? 0)] as const,
        );
        const [busiest, busiestMs] = grown.reduce((a, b) => (b[1] > a[1] ? b : a));
        jobs.push({ state, busiest, busiestMs, cpuMs: timing.cpuMs });
        await one.reset();
      }
      report(jobs);
      await Promise.all(states.map((one) => one.transcribe(speech, { threads: 1 })));
      report(ids().length - before.length);

      const leftAfter = async (free: () => Promise<void>) => {
        await free();
        const all = own.flat();
        // Its last act is to say that it is done.
        for (let i = 0, was = -1; i < 100 && was !== ids().length; i++) {
          was = ids().length;
          await sleep(20);
        }
        return all.filter((id) => ids().includes(id));
      };
      report(await leftAfter(() => states[1]?.free() ?? Promise.resolve()));
      report(await leftAfter(() => context.free()));
    });
    expect(end).toMatchObject({ code: 0, signal: null, stdout: "", stderr: "" });
    const [made, jobs, atWork, withoutOne, withoutAll] = end.reports as [
      { grown: number; own: string[][] },
      Job[],
      number,
      string[],
      string[],
    ];
    expect(made.own.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(made.grown).toBe(4);
    const own = made.own.flat();
    expect(jobs.map(({ busiest }) => busiest)).toEqual([...own, ...own]);
    for (const { busiestMs, cpuMs } of jobs) {
      expect(cpuMs).toBeLessThanOrEqual(busiestMs);
      expect(cpuMs).toBeGreaterThan(0.8 * busiestMs);
    }
    expect(atWork).toBe(4);
    expect(withoutOne).toEqual(own.filter((_, state) => state !== 1));
    expect(withoutAll).toEqual([]);
  });
});
