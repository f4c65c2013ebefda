// The engine's process is killed 50 times in 200 jobs, at every kind of moment. Nobody who waits for a job may notice.

import { describe, expect, it } from "vitest";
import { slopeBound } from "../../bench/support/slope.mjs";
import {
  type JobOptions,
  type PoolStats,
  type TranscribeOptions,
  type TranscribeResult,
  WhisperContext,
} from "../../lib/index.js";
import { shuffled, singleRun, storm } from "../pool/real/support.js";
import { isLinux, runInChild, type Tools } from "../support/child.js";
import { audioPath } from "../support/micro.js";
import { contentOf } from "../support/outcome.js";
import { seededRandom } from "../support/random.js";

/** When the process is killed, and in how many rounds of four jobs. */
const moments = {
  idle: 8,
  "reading audio": 8,
  encoding: 10,
  "mid-segment": 8,
  loading: 8,
  swapping: 8,
} as const;
type Moment = keyof typeof moments;

const JOBS_OF_A_ROUND = 4;
const MOST_GROWTH = 20 * 1024;

interface Work {
  file: string;
  form: "path" | "samples" | "bytes" | "stream";
  options: TranscribeOptions;
}

const works: Work[] = [
  { file: "en-00.wav", form: "path", options: {} },
  { file: "en-09.wav", form: "bytes", options: { strategy: "beam" } },
  { file: "en-digits.wav", form: "samples", options: {} },
  { file: "en-digits.flac", form: "stream", options: { tokenTimestamps: true } },
  { file: "de-01.wav", form: "path", options: { language: "auto" } },
  { file: "fr-00.wav", form: "bytes", options: { language: "fr", temperature: 0.4 } },
  { file: "en-00.wav", form: "samples", options: storm },
  { file: "en-07.wav", form: "stream", options: { strategy: "beam", noTimestamps: true } },
  { file: "long-75s.wav", form: "samples", options: { audioContext: 512 } },
  { file: "en-02.wav", form: "path", options: { maxTextContext: 0, prompt: "seven" } },
];

interface Round {
  moment: Moment;
  works: number[];
  /** 0 to 1: when exactly. */
  share: number;
}

type Report =
  | { kind: "job"; work: number; content: unknown; delivered: unknown[]; interruptions: number }
  | { kind: "lost"; work: number; code: string; message: string }
  | { kind: "round"; moment: Moment; killed: boolean; rssBytes: number }
  | { kind: "end"; stats: PoolStats; zombies: number; children: number };

describe("an engine's process that is killed 50 times in 200 jobs", () => {
  it.runIf(isLinux)(
    "costs no job, delivers no segment twice, leaves no process",
    async () => {
      const random = seededRandom(50);
      const rounds = plan(random);
      const expected = await references();
      const end = await runInChild(service, {
        args: { rounds, works, audioFolder: audioPath(""), jobs: JOBS_OF_A_ROUND },
        // As in many-jobs.test.ts: memory that shows what is held.
        flags: ["--expose-gc", "--max-semi-space-size=1"],
        env: {
          MALLOC_TRIM_THRESHOLD_: "16384",
          MALLOC_MMAP_THRESHOLD_: "32768",
          MALLOC_TOP_PAD_: "0",
        },
        timeoutMs: 550_000,
      });
      expect(end).toMatchObject({ code: 0, signal: null, stderr: "" });
      const all = end.reports as Report[];
      const jobs = all.filter((one) => one.kind === "job");
      const told = all.filter((one) => one.kind === "round");
      const last = all.find((one) => one.kind === "end");

      expect(all.filter((one) => one.kind === "lost")).toEqual([]);
      expect(jobs).toHaveLength(rounds.length * JOBS_OF_A_ROUND);
      for (const { work, content, delivered } of jobs) {
        const what = JSON.stringify(works[work]);
        const result = content as TranscribeResult;
        expect(contentOf(result), what).toEqual(expected[work]);
        expect(delivered, what).toEqual(result.segments);
      }

      const interrupted = jobs.filter(({ interruptions }) => interruptions > 0).length;
      const killed: Record<string, number> = {};
      for (const { moment, killed: done } of told) {
        killed[moment] = (killed[moment] ?? 0) + Number(done);
      }
      const memory = told.map(({ rssBytes }, at) => ({
        ...{ at: at * JOBS_OF_A_ROUND, value: rssBytes },
      }));
      const { slope, upper95 } = slopeBound([memory.slice(10)], 4, random);
      console.log(
        `${jobs.length} jobs, ${interrupted} of them interrupted; killed: ${JSON.stringify(killed)}; ` +
          `crashes ${last?.stats.counters.crashes}, recycles ${JSON.stringify(last?.stats.counters.recycles)}\n` +
          `RSS of the host: slope ${(slope / 1024).toFixed(1)} KiB, upper 95 % bound ${(upper95 / 1024).toFixed(1)} KiB per job`,
      );
      expect(killed).toEqual(moments);
      expect(interrupted).toBeGreaterThan(20);
      // One that was still starting counts as a failed recycle.
      expect(last?.stats.counters.crashes).toBeGreaterThanOrEqual(rounds.length - moments.loading);
      expect(last?.stats.counters.crashes).toBeLessThanOrEqual(rounds.length);
      expect(last).toMatchObject({ zombies: 0, children: 0 });
      expect(upper95).toBeLessThan(MOST_GROWTH);
    },
    300_000,
  );
});

/** The host: a process of its own. */
async function service(
  { lib, fs, report, samplesOf, sleep }: Tools,
  args: { rounds: Round[]; works: Work[]; audioFolder: string; jobs: number },
): Promise<void> {
  const { Readable } = process.getBuiltinModule("node:stream");
  const children = () =>
    fs
      .readdirSync("/proc/self/task")
      .flatMap((thread) =>
        fs.readFileSync(`/proc/self/task/${thread}/children`, "utf8").trim().split(" "),
      )
      .filter((pid) => pid !== "")
      .map(Number);
  const stateOf = (pid: number) => {
    try {
      return fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0];
    } catch {
      return undefined; // it has gone
    }
  };
  const pool = await lib.WhisperPool.create({
    ...{ isolation: "process", backend: "cpu", slots: 2, threadsPerSlot: 1 },
    health: false, // one engine between two rounds, whatever the machine is busy with
  });
  const interruptions = new Map<string, number>();
  pool.on("job", ({ jobId, interruptions: count }) => interruptions.set(jobId, count));
  const collect = globalThis.gc as () => void;

  const run = async (index: number, onSegment: () => void): Promise<void> => {
    const { file, form, options } = args.works[index] as Work;
    const path = args.audioFolder + file;
    const bytes = fs.readFileSync(path);
    const audio = {
      path: () => path,
      samples: () => samplesOf(file),
      bytes: () => bytes,
      stream: () => Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]),
    }[form]();
    const job = pool.transcribe(audio, options as JobOptions);
    try {
      const delivered: unknown[] = [];
      for await (const segment of job) {
        delivered.push(segment);
        onSegment();
      }
      const { jobId, slot: _, generation: __, ...content } = await job;
      while (!interruptions.has(jobId)) await sleep(1);
      const count = interruptions.get(jobId) ?? 0;
      report({ kind: "job", work: index, content, delivered, interruptions: count });
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      report({ kind: "lost", work: index, code, message });
    }
  };

  for (const { moment, works, share } of args.rounds) {
    // All slots on one engine, as the last round may have left one behind.
    while (pool.stats().engines.length !== 1 || children().length !== 1) await sleep(5);
    let killed = false;
    const kill = (pid: number | undefined) => {
      if (killed || pid === undefined) return;
      killed = true;
      process.kill(pid, "SIGKILL");
    };
    const serving = () => pool.stats().engines[0]?.pid;
    const before = children();
    const started = () => children().filter((pid) => !before.includes(pid))[0];

    if (moment === "idle") {
      kill(serving());
      await sleep(3 * share); // before, or after, the pool has heard of it
    }
    const recycle =
      moment === "loading" || moment === "swapping"
        ? pool.recycle({ rung: "process" }).catch(() => {})
        : undefined;
    const running = works.map((work) =>
      run(work, () => {
        if (moment === "mid-segment") kill(serving());
      }),
    );
    if (moment === "reading audio") setTimeout(() => kill(serving()), 8 * share);
    if (moment === "encoding") setTimeout(() => kill(serving()), 8 + 60 * share);
    if (moment === "loading") {
      while (started() === undefined) await sleep(1);
      await sleep(200 * share); // starting, loading, computing once
      kill(started());
    }
    if (moment === "swapping") {
      // The new one has a slot: both serve, unless the other has moved as well.
      const old = serving();
      while (!pool.stats().engines.some(({ pid }) => pid !== old)) await sleep(1);
      kill(share < 0.5 && old !== undefined && stateOf(old) ? old : started());
    }
    await Promise.all(running);
    await recycle;
    // What finalizers give back, they give back a turn later.
    const samples: number[] = [];
    for (let i = 0; i < 3; i++) {
      collect();
      await sleep(10);
      samples.push(process.memoryUsage.rss());
    }
    report({ kind: "round", moment, killed, rssBytes: Math.min(...samples) });
  }
  const stats = pool.stats();
  await pool.close();
  await sleep(100);
  const zombies = children().filter((pid) => stateOf(pid) === "Z").length;
  report({ kind: "end", stats, zombies, children: children().length });
}

function plan(random: () => number): Round[] {
  const all = (Object.keys(moments) as Moment[]).flatMap((moment) =>
    Array<Moment>(moments[moment]).fill(moment),
  );
  return shuffled(all, random).map((moment) => {
    const drawn = () => Math.floor(random() * works.length);
    const chosen = Array.from({ length: JOBS_OF_A_ROUND }, drawn);
    return { moment, works: chosen, share: random() };
  });
}

/** What single runs give, as it would look from a child. */
async function references(): Promise<unknown[]> {
  const context = await WhisperContext.create(undefined, { backend: "cpu" });
  const expected: unknown[] = [];
  for (const { file, options } of works) {
    const content = await singleRun(context, audioPath(file), options);
    expected.push(JSON.parse(JSON.stringify(content)));
  }
  await context.free();
  return expected;
}
