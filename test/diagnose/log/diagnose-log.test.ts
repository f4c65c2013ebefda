import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { diagnoseLog } from "../../../lib/diagnose/log/diagnose-log.js";
import { seededRandom } from "../../../lib/health/random.js";

const folder = mkdtempSync(path.join(tmpdir(), "steady-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = new URL("../../fixtures/logs/two-jobs.log", import.meta.url);

async function* text(...lines: string[]) {
  yield Buffer.from(lines.join("\n"));
}

/** A line of this package's log. */
function ownLine(index: number, runMs: number, more: object = {}): string {
  return JSON.stringify({
    ...{ level: 20, time: 1732096862114 + index, job_id: `j${index}`, outcome: "completed" },
    ...{ slot: 0, generation: 1, engine_generation: 1, jobs_since_reset: index, job_index: index },
    ...{ audio_duration_s: 5, t_run_ms: runMs, windows: 1, tokens: 40, fallback_tokens: 0 },
    ...{ rss_bytes: 500_000_000, ...more },
  });
}

describe("the original case", () => {
  it("has no evidence of degradation, and says why", async () => {
    const { summary, jobs, lines, findings } = await diagnoseLog(fixture);
    console.log(summary.join("\n"));
    expect(jobs).toEqual({ found: 2, kept: 2, incomplete: 0 });
    expect(lines).toEqual({ all: 12, own: 0, worker: 10, unknown: 2, cut: 0 });
    expect(findings[0]).toMatchObject({ id: "degradation", verdict: "no evidence" });
    expect(summary).toEqual([
      "No evidence of degradation: two jobs can't show any.",
      "One constant cost fits both exactly: a fixed part of 2.66 s and 1.51 s per second of audio, with nothing left over that could show a slowdown.",
      "Cost follows work: job 2 took longer than job 1 and has more audio; per second of audio it is the faster one (1.76 s against 2.24 s).",
      "Per segment job 2 is the faster one too (6.40 s against 8.20 s).",
      "Set-up takes 4.059 s whatever the length of the audio, and reading the segments takes 1.51 s more per second of audio: constant set-up and work that is done while segments are read are what a lazy generator looks like. faster-whisper's `transcribe()` returns before anything is decoded; decoding happens in the loop over the segments.",
      "Both jobs took 1.76 to 2.24 times as long as the audio, from the first one on: slow from the start isn't getting slower. Check that the device does the work: `steady-whisper diagnose` measures it.",
      "To see a slowdown of x1.2 (95 % confidence; power 80 % to 95 %) it takes 9 to 15 jobs per arm as pairs of the same clip, 8 to 12 compared with what their work should take, and 400 to 600 by raw seconds.",
    ]);
  });
});

describe("our own lines", () => {
  it("count if the job completed, with any prefix, and wrapped by a collector", async () => {
    const { jobs, lines, points } = await diagnoseLog(
      text(
        ownLine(0, 800),
        `Nov 20 10:41:02 host app[312]: ${ownLine(1, 810)}`,
        JSON.stringify({ log: `${ownLine(2, 820)}\n`, stream: "stdout" }),
        ownLine(3, 830, { outcome: "failed" }),
        '{"level":30,"msg":"listening"}',
      ),
    );
    expect(points.map(({ totalMs, jobIndex }) => [totalMs, jobIndex])).toEqual([
      [800, 1],
      [810, 2],
      [820, 3],
    ]);
    expect(jobs.found).toBe(3);
    expect(lines).toEqual({ all: 5, own: 4, worker: 0, unknown: 1, cut: 0 });
  });

  it("show a creep, memory that grows, and what a restart does", async () => {
    const random = seededRandom(7);
    const lines = Array.from({ length: 400 }, (_, job) => {
      const age = job % 50;
      const runMs = 800 * Math.exp(0.01 * age + 0.08 * (random() - 0.5));
      const rss = 500_000_000 + 2_000_000 * age + 300_000 * random();
      return ownLine(age, runMs, { generation: Math.floor(job / 50), rss_bytes: Math.round(rss) });
    });
    const { findings, summary } = await diagnoseLog(text(...lines));
    console.log(summary.join("\n"));
    const verdict = (id: string) => findings.find((finding) => finding.id === id)?.verdict;
    expect(verdict("degradation")).toBe("supported");
    expect(verdict("restarts")).toBe("supported");
    expect(verdict("memory")).toBe("supported");
    expect(verdict("always-slow")).toBe("refuted");
  });
});

describe("logs without a job", () => {
  it("get a clear answer", async () => {
    const random = seededRandom(1);
    const binary = Uint8Array.from({ length: 300_000 }, () => Math.floor(256 * random()));
    const logs: [string, AsyncIterable<Uint8Array>, RegExp][] = [
      ["empty", text(), /^The log is empty/],
      [
        "unknown",
        text(...Array.from({ length: 3214 }, () => "GET / 200")),
        /^No job was found in 3,214 lines/,
      ],
      [
        "binary",
        (async function* () {
          yield binary;
        })(),
        /^No job was found in [\d,]+ lines/,
      ],
      ["one line", text("x".repeat(1_000_000)), /^No job was found in 1 line: /],
      ["incomplete", text("job_index=1 audio_duration=3s"), /^No job was found in 1 line: /],
    ];
    for (const [name, log, expected] of logs) {
      const { summary, jobs } = await diagnoseLog(log);
      console.log(`${name}: ${summary.join(" ")}`);
      expect(summary[0]).toMatch(expected);
      expect(jobs.found).toBe(0);
    }
  });

  it("have lines beyond 64 KiB cut, and are read on after them", async () => {
    const long = "y".repeat(100_000);
    const { jobs, lines } = await diagnoseLog(
      text(`${long} t_segments_list=1s`, "t_segments_list=8.199s audio_duration=3.66s"),
    );
    expect(lines).toMatchObject({ all: 2, cut: 1, worker: 1 });
    expect(jobs.found).toBe(1);
  });
});

describe("more jobs than are judged", () => {
  it("are thinned out evenly, in order", async () => {
    const lines = Array.from({ length: 1000 }, (_, job) => ownLine(job, 800 + job));
    const { jobs, points } = await diagnoseLog(text(...lines), { maxJobs: 100 });
    expect(jobs).toMatchObject({ found: 1000, kept: 63 });
    expect(points.map(({ line }) => line)).toEqual(
      Array.from({ length: 63 }, (_, k) => 1 + 16 * k),
    );
  });
});

describe("what can't be read", () => {
  it.each([
    ["a missing file", path.join(folder, "none.log"), "ERR_WHISPER_LOG_READ"],
    ["a folder", folder, "ERR_WHISPER_LOG_READ"],
    ["an address", new URL("http://127.0.0.1/log"), "ERR_WHISPER_INVALID_ARG"],
    ["no path", "", "ERR_WHISPER_INVALID_ARG"],
    ["a number", 3 as unknown as string, "ERR_WHISPER_INVALID_ARG"],
  ])("%s is a coded error", async (_, source, code) => {
    await expect(diagnoseLog(source)).rejects.toMatchObject({ code });
  });

  it("a stream that fails, or gives no bytes, is a coded error", async () => {
    const boom = new Error("boom");
    async function* failing() {
      yield Buffer.from("a\n");
      throw boom;
    }
    await expect(diagnoseLog(failing())).rejects.toMatchObject({
      code: "ERR_WHISPER_LOG_READ",
      cause: boom,
    });
    const numbers = (async function* () {
      yield 3;
    })() as unknown as AsyncIterable<Uint8Array>;
    await expect(diagnoseLog(numbers)).rejects.toMatchObject({ code: "ERR_WHISPER_INVALID_ARG" });
  });

  it("wrong options are", async () => {
    for (const options of [{ maxJobs: 3 }, { signal: 1 }, { onProgress: 1 }, { x: 1 }, null]) {
      await expect(diagnoseLog(fixture, options as never)).rejects.toMatchObject({
        code: "ERR_WHISPER_INVALID_ARG",
      });
    }
  });

  it("a signal ends the reading of a stream that gives nothing", async () => {
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const aborting = new AbortController();
    const running = diagnoseLog(never, { signal: aborting.signal });
    setTimeout(() => aborting.abort(), 20);
    await expect(running).rejects.toMatchObject({ code: "ERR_WHISPER_ABORTED" });
  });
});

it("tells how far it is, and calls a log by its name", async () => {
  const file = path.join(folder, "a.log");
  writeFileSync(file, `${ownLine(0, 800)}\n`.repeat(40_000));
  const seen: unknown[] = [];
  const { source, bytes } = await diagnoseLog(file, {
    onProgress: (progress) => seen.push(progress),
  });
  expect(source).toBe("a.log");
  expect(seen.at(-1)).toMatchObject({ bytes, totalBytes: bytes });
  expect(seen.length).toBeGreaterThan(1);
});
