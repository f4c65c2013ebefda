// The handle of a job, and what is told about the job elsewhere: events, log lines, the tracing channel.

import { channel, tracingChannel } from "node:diagnostics_channel";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import {
  type AudioInput,
  type JobOptions,
  type PoolOptions,
  WhisperAbortError,
  WhisperAudioError,
  type WhisperErrorCode,
  type WhisperPool,
  WhisperPoolError,
} from "../../../lib/index.js";
import { audioPath, noise, reference, samplesOf, wordsOf } from "../../support/micro.js";
import { expectFailure, failure, sleep } from "../../support/outcome.js";
import { until } from "../../support/until.js";
import { block, bytesOf, makePool, memoryLogger, reportsOf, storm } from "./support.js";

const FOUR = reference("en-00.wav").text;
const four = samplesOf("en-00.wav");
const digits = reference("en-digits.wav").text;
const long = samplesOf("long-75s.wav");

let open: WhisperPool | undefined;

/** One slot, closed after the test. */
async function onePool(options: PoolOptions = {}): Promise<WhisperPool> {
  open = await makePool(options);
  return open;
}
afterEach(async () => {
  await open?.close();
  open = undefined;
});

describe("segments and result on one handle", () => {
  it("segments come as they are decoded, all of them before the result", async () => {
    const pool = await onePool();
    const job = pool.transcribe(long);
    const order: (number | string)[] = [];
    const progress: number[] = [];
    const result = job.then((value) => {
      order.push("result");
      return value;
    });
    for await (const segment of job) {
      order.push(segment.index);
      progress.push(job.progress);
    }
    const { segments, text } = await result;
    console.log(`${segments.length} segments, at progress ${[...new Set(progress)].join(", ")}`);
    expect(text).toBe(reference("long-75s.wav").text);
    expect(segments.length).toBeGreaterThan(10);
    expect(order).toEqual([...segments.map(({ index }) => index), "result"]);
    expect(progress[0]).toBeLessThan(1);
    expect(job.status).toBe("completed");
  });

  it("two readers and a late one get the same segments", async () => {
    const pool = await onePool();
    const job = pool.transcribe(samplesOf("en-digits.wav"));
    const read = async () => {
      const texts: string[] = [];
      for await (const { text } of job) texts.push(text.trim());
      return texts;
    };
    const [one, other] = await Promise.all([read(), read()]);
    expect(one.join(" ")).toBe(digits);
    expect(other).toEqual(one);
    expect(await read()).toEqual(one);
  });

  it("a reader that stops reading, or reads slowly, holds up nobody", async () => {
    const pool = await onePool();
    const lazy = pool.transcribe(long);
    const unread = lazy[Symbol.asyncIterator]();
    const first = await unread.next();
    const slow = pool.transcribe(long);
    const slowly = (async () => {
      const texts: string[] = [];
      for await (const { text } of slow) {
        texts.push(text);
        await sleep(50);
      }
      return texts;
    })();
    const next = await pool.transcribe(four);
    expect(next.text).toBe(FOUR);
    expect([lazy.status, slow.status]).toEqual(["completed", "completed"]);
    // What hasn't been read is kept.
    const rest: unknown[] = [first.value];
    for await (const segment of { [Symbol.asyncIterator]: () => unread }) rest.push(segment);
    const { segments, text } = await lazy;
    expect(rest).toEqual(segments);
    expect((await slowly).join("").trim()).toBe(text);
  });

  it("a reader that leaves early doesn't end the job", async () => {
    const pool = await onePool();
    const job = pool.transcribe(long);
    for await (const _ of job) break;
    expect((await job).text).toBe(reference("long-75s.wav").text);
  });

  it("progress increases to 1, for the handle and for onProgress", async () => {
    const pool = await onePool();
    const told: number[] = [];
    const seen: number[] = [];
    const job = pool.transcribe(long, {
      onProgress: (fraction) => {
        told.push(fraction);
        seen.push(job.progress);
      },
    });
    expect(job.progress).toBe(0);
    await job;
    console.log(`progress ${told.join(", ")}`);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(new Set(told).size).toBeGreaterThan(3);
    expect(seen).toEqual(told);
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(1);
    expect(job.progress).toBe(1);
  });
});

describe("cancelling", () => {
  it("a waiting job: at once, with the reason as cause; the slot never sees it", async () => {
    const pool = await onePool();
    const reports = reportsOf(pool);
    const blocker = await block(pool);
    const jobs = ["cancel()", "signal"].map((how) => {
      const controller = new AbortController();
      const job = pool.transcribe(four, { id: how, signal: controller.signal });
      return {
        how,
        job,
        cancel: how === "signal" ? controller.abort.bind(controller) : job.cancel.bind(job),
      };
    });
    for (const { how, job, cancel } of jobs) {
      expect(job.status).toBe("waiting");
      const reason = new Error(how);
      cancel(reason);
      expect(job.status).toBe("cancelled");
      const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
      expect(error).toBeInstanceOf(WhisperAbortError);
      expect(error.cause).toBe(reason);
    }
    expect(pool.stats().queue.waiting).toBe(0);
    await blocker.end();
    expect((await pool.transcribe(four)).text).toBe(FOUR);
    await until(() => reports.length === 4);
    expect(
      reports.map(({ jobId, outcome, place }) => [jobId, outcome, place !== undefined]),
    ).toEqual(
      expect.arrayContaining([
        ["cancel()", "cancelled", false],
        ["signal", "cancelled", false],
        ["blocker", "cancelled", true],
      ]),
    );
  });

  it.each(["before the encoder", "in the encoder", "in the decoder"])(
    "a running job, %s",
    async (phase) => {
      const pool = await onePool();
      const reason = { phase };
      const job = pool.transcribe(long, {
        strategy: "beam",
        onProgress: (fraction) => {
          if (fraction === 0 && phase === "before the encoder") job.cancel(reason);
          if (fraction === 0 && phase === "in the encoder")
            setTimeout(() => job.cancel(reason), 30);
          if (fraction > 0 && phase === "in the decoder") setTimeout(() => job.cancel(reason), 140);
        },
      });
      const next = pool.transcribe(four);
      const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
      expect(error.cause).toBe(reason);
      expect(job.status).toBe("cancelled");
      expect((await next).text).toBe(FOUR);
      job.cancel("again"); // nothing happens
      expect(job.status).toBe("cancelled");
    },
  );

  it("with the caller's signal while it runs, and after its end", async () => {
    const pool = await onePool();
    const running = new AbortController();
    const job = pool.transcribe(long, {
      signal: running.signal,
      onProgress: () => running.abort("too late"),
    });
    expect((await expectFailure(job, "ERR_WHISPER_ABORTED")).cause).toBe("too late");
    const late = new AbortController();
    const done = pool.transcribe(four, { signal: late.signal });
    const { text } = await done;
    late.abort();
    expect((await done).text).toBe(text);
    expect(done.status).toBe("completed");
  });

  it("with a signal that was aborted before: it is refused", async () => {
    const pool = await onePool();
    const reports = reportsOf(pool);
    const job = pool.transcribe(four, { signal: AbortSignal.abort("before") });
    expect((await expectFailure(job, "ERR_WHISPER_ABORTED")).cause).toBe("before");
    expect(pool.stats().counters).toMatchObject({ accepted: 0, refused: { invalid: 1 } });
    expect(reports).toEqual([]);
  });

  it("throws into a reader", async () => {
    const pool = await onePool();
    const job = pool.transcribe(long);
    const reading = (async () => {
      for await (const _ of job) job.cancel("enough");
    })();
    expect((await expectFailure(reading, "ERR_WHISPER_ABORTED")).cause).toBe("enough");
  });
});

describe("time limits", () => {
  it("timeoutMs ends a job that waits, and one that runs", async () => {
    const pool = await onePool();
    const reports = reportsOf(pool);
    const running = pool.transcribe(long, {
      ...{ ...storm, strategy: "beam", id: "running", timeoutMs: 300 },
    });
    const waiting = pool.transcribe(four, { id: "waiting", timeoutMs: 60 });
    const first = await expectFailure(waiting, "ERR_WHISPER_JOB_TIMEOUT", /60 ms.*still waiting/);
    expect(first).toBeInstanceOf(WhisperPoolError);
    expect(running.status).toBe("running");
    await expectFailure(running, "ERR_WHISPER_JOB_TIMEOUT", /300 ms.*it was running/);
    expect([waiting.status, running.status]).toEqual(["timed-out", "timed-out"]);
    expect((await pool.transcribe(four)).text).toBe(FOUR);
    await until(() => reports.length === 3);
    expect(Object.fromEntries(reports.map((r) => [r.jobId, r.outcome]))).toMatchObject({
      ...{ waiting: "timed-out", running: "timed-out" },
    });
    expect(pool.stats().counters.outcomes).toMatchObject({ "timed-out": 2, completed: 1 });
  });

  it("maxWaitMs, the pool's and a job's own, limits only the wait", async () => {
    const pool = await onePool({ queue: { maxWaitMs: 400 } });
    const runs = pool.transcribe(long, { maxWaitMs: 1 }); // has its slot at once
    const blocker = block(pool, { maxWaitMs: 60_000 });
    const job = pool.transcribe(four, { maxWaitMs: 100 });
    const [own, pools] = [job, pool.transcribe(four)];
    await expectFailure(own, "ERR_WHISPER_QUEUE_TIMEOUT", /100 ms/);
    expect(pools.status).toBe("waiting");
    await expectFailure(pools, "ERR_WHISPER_QUEUE_TIMEOUT", /400 ms/);
    expect([own.status, pools.status]).toEqual(["timed-out", "timed-out"]);
    expect((await runs).text).toBe(reference("long-75s.wav").text);
    await (await blocker).end();
  });
});

describe("the queue", () => {
  it.each([0, 2])("with maxWaiting %i refuses one more at once", async (maxWaiting) => {
    const pool = await onePool({ queue: { maxWaiting } });
    const reports = reportsOf(pool);
    const blocker = await block(pool);
    const waiting = Array.from({ length: maxWaiting }, () => pool.transcribe(four));
    const refused = pool.transcribe(four);
    expect(refused.status).toBe("failed"); // before anything is awaited
    const error = await expectFailure(refused, "ERR_WHISPER_QUEUE_FULL", `${maxWaiting} jobs`);
    expect(error).toBeInstanceOf(WhisperPoolError);
    expect(pool.stats()).toMatchObject({
      queue: { waiting: maxWaiting, maxWaiting },
      counters: { accepted: 1 + maxWaiting, refused: { queueFull: 1 } },
    });
    await blocker.end();
    for (const job of waiting) expect((await job).text).toBe(FOUR);
    expect((await pool.transcribe(four)).text).toBe(FOUR); // an idle slot needs no place to wait
    await until(() => reports.length === 2 + maxWaiting);
    expect(reports.map(({ jobId }) => jobId)).not.toContain(refused.id);
  });

  it("is served by priority, then first in first out", async () => {
    const pool = await onePool();
    const reports = reportsOf(pool);
    const blocker = await block(pool);
    const priorities = [0, 5, -1, 5, 0, 1000, -1];
    const jobs = priorities.map((priority, i) =>
      pool.transcribe(four, { priority, id: `${priority} ${i}` }),
    );
    await blocker.end();
    await Promise.all(jobs);
    await until(() => reports.length === jobs.length + 1);
    const order = reports.slice(1).map(({ jobId }) => jobId);
    console.log(`order of priorities: ${order.join(", ")}`);
    expect(order).toEqual(["1000 5", "5 1", "5 3", "0 0", "0 4", "-1 2", "-1 6"]);
    const starts = reports.slice(1).map((report) => report.place?.jobIndex);
    expect(starts).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  it("a reserved slot stays free for high priorities", async () => {
    const pool = await onePool({ slots: 2, queue: { reservedSlots: 1 } });
    const blockers = await block(pool);
    const low = pool.transcribe(four);
    expect((await pool.transcribe(four, { priority: 1 })).text).toBe(FOUR);
    expect(low.status).toBe("waiting");
    await blockers.end();
    expect((await low).text).toBe(FOUR);
  });
});

describe("what is refused at once", () => {
  const wrong: [string, unknown, unknown, WhisperErrorCode, RegExp][] = [
    ["threads", four, { threads: 1 }, "ERR_WHISPER_INVALID_ARG", /threads.*threadsPerSlot/],
    ["an unknown option", four, { beams: 3 }, "ERR_WHISPER_INVALID_ARG", /beams/],
    ["a wrong option", four, { beamSize: 9 }, "ERR_WHISPER_INVALID_ARG", /beamSize/],
    ["a fraction of a priority", four, { priority: 0.5 }, "ERR_WHISPER_INVALID_ARG", /priority/],
    ["timeoutMs 0", four, { timeoutMs: 0 }, "ERR_WHISPER_INVALID_ARG", /timeoutMs/],
    ["an empty id", four, { id: "" }, "ERR_WHISPER_INVALID_ARG", /id/],
    [
      "a sessionId of 300 bytes",
      four,
      { sessionId: "x".repeat(300) },
      "ERR_WHISPER_INVALID_ARG",
      /sessionId/,
    ],
    ["a signal that is none", four, { signal: {} }, "ERR_WHISPER_INVALID_ARG", /signal/],
    ["no audio", undefined, {}, "ERR_WHISPER_INVALID_ARG", /audio/],
    ["null options", four, null, "ERR_WHISPER_INVALID_ARG", /options/],
    ["0 bytes", Buffer.alloc(0), {}, "ERR_WHISPER_AUDIO_INVALID", /empty/],
  ];

  it("is refused without waiting, while the slot is busy", async () => {
    const pool = await onePool({ queue: { maxWaiting: 0 } });
    const blocker = await block(pool);
    for (const [name, audio, options, code, message] of wrong) {
      const job = pool.transcribe(audio as AudioInput, options as JobOptions);
      expect(job.status, name).toBe("failed");
      await expectFailure(job, code, message);
    }
    expect(pool.stats().counters.refused.invalid).toBe(wrong.length);
    console.log(`refused: ${wrong.map(([name]) => name).join(", ")}`);
    await blocker.end();
    expect((await pool.transcribe(four)).text).toBe(FOUR);
  });
});

describe("audio", () => {
  const inputs: [string, () => AudioInput, JobOptions?][] = [
    ["a path", () => audioPath("en-digits.wav")],
    ["a Float32Array", () => samplesOf("en-digits.wav")],
    ["a Buffer", () => bytesOf("en-digits.wav")],
    ["a Buffer of FLAC", () => bytesOf("en-digits.flac")],
    ["an Int16Array", () => int16Of("en-digits.wav"), { sampleRate: 16_000, channels: 1 }],
    ["PcmAudio", () => ({ samples: int16Of("en-digits.wav"), sampleRate: 16_000, channels: 1 })],
    ["a file's stream", () => createReadStream(audioPath("en-digits.wav"))],
    ["a web stream", () => new Blob([new Uint8Array(bytesOf("en-digits.wav"))]).stream() as never],
    ["an async iterable", () => pieces(bytesOf("en-digits.wav"))],
  ];

  it("in every form gives the same words, on an idle slot and out of the queue", async () => {
    const pool = await onePool();
    const jobs = inputs.map(
      ([name, audio, options]) => [name, pool.transcribe(audio(), options)] as const,
    );
    for (const [name, job] of jobs) expect((await job).text, name).toBe(digits);
    console.log(`inputs: ${inputs.map(([name]) => name).join(", ")}`);
  });

  it("that is bad fails early: when it is next, while the slot is busy", async () => {
    const pool = await onePool();
    const reports = reportsOf(pool);
    const blocker = await block(pool);
    const bad = {
      garbage: pool.transcribe(Buffer.from("RIFF of no kind of audio".repeat(9)), {
        ffmpeg: false,
      }),
      missing: pool.transcribe("/nowhere/at-all.wav"),
      long: pool.transcribe(long, { maxDurationMs: 5000 }),
      cut: pool.transcribe(bytesOf("en-digits.flac").subarray(0, 60), { ffmpeg: false }),
    };
    for (const job of Object.values(bad)) job.catch(() => {}); // awaited one after the other
    const good = pool.transcribe(four);
    const codes: string[] = [];
    for (const job of Object.values(bad)) {
      const error = await failure(job);
      expect(error).toBeInstanceOf(WhisperAudioError);
      codes.push(error.code);
      expect(job.status).toBe("failed");
      expect(pool.stats().slots[0]?.jobId).toBe("blocker");
    }
    console.log(`bad audio: ${codes.join(", ")}`);
    expect(codes).toEqual([
      ...["ERR_WHISPER_AUDIO_UNSUPPORTED", "ERR_WHISPER_AUDIO_NOT_FOUND"],
      ...["ERR_WHISPER_AUDIO_TOO_LONG", "ERR_WHISPER_AUDIO_INVALID"],
    ]);
    expect(good.status).toBe("waiting");
    await blocker.end();
    expect((await good).text).toBe(FOUR);
    await until(() => reports.length === 6);
    const failed = reports.filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ error }) => error?.code)).toEqual(codes);
    expect(failed.every(({ place }) => place === undefined)).toBe(true);
  });

  it("that is bad on an idle slot fails, and the next job is fine", async () => {
    const pool = await onePool();
    await expectFailure(pool.transcribe("/nowhere/at-all.wav"), "ERR_WHISPER_AUDIO_NOT_FOUND");
    const samples = new Float32Array(16_000).fill(Number.NaN);
    await expectFailure(pool.transcribe(samples), "ERR_WHISPER_AUDIO_INVALID");
    expect(pool.stats().counters.outcomes.failed).toBe(2);
    expect((await pool.transcribe(four)).text).toBe(FOUR);
    expect(pool.stats().counters.recycles).toEqual({ state: 0, context: 0, process: 0 });
  });

  it("from a stream that fails while it waits is that job's failure, nobody else's", async () => {
    const pool = await onePool();
    const blocker = await block(pool);
    const next = new Readable({ read() {} });
    const behind = new Readable({ read() {} });
    const jobs = [pool.transcribe(next), pool.transcribe(four), pool.transcribe(behind)] as const;
    const disk = new Error("the disk is gone");
    jobs[2].catch(() => {}); // awaited later
    next.destroy(disk);
    behind.destroy(disk);
    const error = await expectFailure(jobs[0], "ERR_WHISPER_AUDIO_READ"); // being read already
    expect(error.cause).toBe(disk);
    await blocker.end();
    expect((await jobs[1]).text).toBe(FOUR);
    expect((await expectFailure(jobs[2], "ERR_WHISPER_AUDIO_READ")).cause).toBe(disk);
  });

  it("from a stream is destroyed when its job is cancelled, refused or timed out", async () => {
    const pool = await onePool({ queue: { maxWaiting: 2 } });
    const streams = Array.from({ length: 4 }, () => new Readable({ read() {} }));
    const [first, next, last, refused] = streams as [Readable, Readable, Readable, Readable];
    const jobs = [
      pool.transcribe(first),
      pool.transcribe(next),
      pool.transcribe(last, { timeoutMs: 50 }),
      pool.transcribe(refused),
    ] as const;
    jobs[2].catch(() => {}); // it is looked at later
    await expectFailure(jobs[3], "ERR_WHISPER_QUEUE_FULL");
    expect(refused.destroyed).toBe(false); // its owner may still have to answer on it
    expect(pool.stats().slots[0]?.status).toBe("idle"); // none of them has it yet
    expect((await pool.transcribe(four, { priority: 1 })).text).toBe(FOUR);
    await expectFailure(jobs[2], "ERR_WHISPER_JOB_TIMEOUT");
    expect(last.destroyed).toBe(true);
    for (const [job, stream] of [
      [jobs[1], next],
      [jobs[0], first],
    ] as const) {
      job.cancel("gone");
      expect((await expectFailure(job, "ERR_WHISPER_ABORTED")).cause).toBe("gone");
      await until(() => stream.destroyed);
    }
    expect((await pool.transcribe(four)).text).toBe(FOUR);
  });
});

describe("log lines of a real pino", () => {
  const spoken = "en-digits.wav";
  const prompt = "hello right down";

  /** Jobs of every outcome, a recycle, and a refused job. */
  async function busyDay(pool: WhisperPool): Promise<void> {
    const job = pool.transcribe(samplesOf(spoken), { id: "spoken", sessionId: "call-7", prompt });
    for await (const _ of job);
    await job;
    await pool.transcribe(audioPath("en-09.wav"), { id: "stormy", ...storm });
    const reading = pool.transcribe(long, { id: "cancelled", prompt });
    for await (const _ of reading) break;
    reading.cancel("enough");
    await failure(reading);
    await failure(pool.transcribe("/nowhere/at-all.wav", { id: "failed" }));
    await failure(pool.transcribe(long, { id: "timed-out", timeoutMs: 1 }));
    await failure(pool.transcribe(four, { beamSize: 99 }));
    await pool.recycle({ reason: "regression" });
    await pool.recycle({ rung: "state" });
    await pool.transcribe(noise(1, 0.5), { id: "noise" });
    await pool.close();
  }

  const said = new Set(
    ["long-75s.wav", "en-09.wav", spoken].flatMap((name) => wordsOf(reference(name).text)),
  );

  it("at debug: one for each job with all fields, recycles at info, and no word of what was said", async () => {
    const { logger, lines } = memoryLogger("trace");
    await busyDay(await onePool({ logger }));
    const debug = lines.filter((line) => line.level === 20 && "job_id" in line);
    const byId = Object.fromEntries(debug.map((line) => [line.job_id, line]));
    console.log(
      `${lines.length} lines: ${lines.map(({ level, msg }) => `${level} ${msg}`).join("; ")}`,
    );
    console.log(JSON.stringify(byId.spoken));
    // In whatever order: a line waits for the memory after its job.
    expect(Object.fromEntries(debug.map(({ job_id, outcome }) => [job_id, outcome]))).toEqual({
      spoken: "completed",
      stormy: "completed",
      cancelled: "cancelled",
      failed: "failed",
      "timed-out": "timed-out",
      noise: "completed",
    });
    expect(debug).toHaveLength(6);
    const numbers = [
      ...["job_index", "slot", "generation", "worker_uptime_s", "jobs_since_reset"],
      ...["audio_duration_s", "t_queue_ms", "t_decode_audio_ms", "t_mel_ms", "t_encode_ms"],
      ...["t_decode_ms", "t_total_ms", "segments_count", "tokens", "fallbacks", "windows"],
      ...["rtf", "rss_bytes"],
    ];
    for (const name of ["spoken", "stormy", "noise"]) {
      for (const field of numbers)
        expect(byId[name]?.[field], `${name}: ${field}`).toBeTypeOf("number");
      expect(byId[name]).not.toHaveProperty("gpu_used_bytes");
    }
    expect(byId.spoken).toMatchObject({
      ...{ session_id: "call-7", job_index: 1, slot: 0, jobs_since_reset: 0, fallbacks: 0 },
      ...{ windows: 1, segments_count: 3, outcome: "completed" },
    });
    expect(byId.spoken?.audio_duration_s).toBeCloseTo(9.477, 2);
    expect(byId.stormy).toMatchObject({ job_index: 2, fallbacks: 5 });
    expect(byId.stormy).not.toHaveProperty("session_id");
    expect(byId.failed).toMatchObject({ error_code: "ERR_WHISPER_AUDIO_NOT_FOUND" });
    expect(byId.noise).toMatchObject({ job_index: 1 });
    expect(byId.noise?.generation).toBeGreaterThan(byId.spoken?.generation as number);

    const recycles = lines.filter(({ rung }) => rung !== undefined);
    expect(recycles).toMatchObject([
      { level: 30, rung: "context", reason: "regression", outcome: "done", slots: [0] },
      { level: 30, rung: "state", reason: "manual", outcome: "done", slots: [0] },
    ]);
    for (const line of lines) expect(spokenIn(JSON.stringify(line))).toEqual([]);
  });

  it("at warn and error: nothing of a job that is cancelled or timed out", async () => {
    const { logger, lines } = memoryLogger("trace");
    const pool = await onePool({ logger });
    const moments = [0, 30, 100, 200];
    for (const ms of moments) {
      const job = pool.transcribe(long, {
        onProgress: (fraction) => {
          if (fraction === 0) setTimeout(() => job.cancel(), ms);
        },
      });
      await expectFailure(job, "ERR_WHISPER_ABORTED");
    }
    await expectFailure(pool.transcribe(long, { timeoutMs: 1 }), "ERR_WHISPER_JOB_TIMEOUT");
    await pool.close();
    const loud = lines.filter(({ level }) => (level as number) > 30);
    expect(loud.map(({ level, msg }) => `${level} ${msg}`)).toEqual([]);
  });

  it("at info: none for jobs", async () => {
    const { logger, lines } = memoryLogger("info");
    await busyDay(await onePool({ logger }));
    console.log(`at info: ${lines.map(({ msg }) => msg).join("; ")}`);
    expect(lines.filter((line) => "job_id" in line)).toEqual([]);
    expect(lines.filter(({ rung }) => rung !== undefined).length).toBe(2);
  });

  /** Whole words of the results and of the prompt. */
  function spokenIn(line: string): string[] {
    return [...said, ...wordsOf(prompt)].filter((word) =>
      new RegExp(`\\b${word}\\b`, "i").test(line),
    );
  }
});

describe("id and sessionId", () => {
  it("are in the job event; without an id the job has a random one", async () => {
    const pool = await onePool();
    const reports = reportsOf(pool);
    const named = pool.transcribe(four, { id: "call-7/1", sessionId: "call-7" });
    const nameless = pool.transcribe(four);
    expect(named.id).toBe("call-7/1");
    expect(nameless.id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await named).jobId).toBe("call-7/1");
    expect((await nameless).jobId).toBe(nameless.id);
    await until(() => reports.length === 2);
    expect(reports).toMatchObject([
      { jobId: "call-7/1", sessionId: "call-7", outcome: "completed" },
      { jobId: nameless.id, outcome: "completed" },
    ]);
    expect(reports[1]?.sessionId).toBeUndefined();
  });
});

describe("the tracing channel steady-whisper:job", () => {
  interface Message {
    jobId: string;
    sessionId?: string;
    result?: unknown;
    error?: unknown;
  }
  const events = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;

  it("publishes each job's start and end, never its text, and nothing while nobody listens", async () => {
    const pool = await onePool();
    const told: [string, string][] = [];
    const results: unknown[] = [];
    const texts: string[] = [];
    const subscriber = Object.fromEntries(
      events.map((event) => [
        event,
        (message: unknown) => {
          const { jobId, result, error } = message as Message;
          told.push([event, jobId]);
          texts.push(JSON.stringify(message) + String((error as Error | undefined)?.message));
          if (event === "asyncEnd") results.push(result);
        },
      ]),
    ) as Record<(typeof events)[number], (message: unknown) => void>;
    const tracing = tracingChannel<unknown, object>("steady-whisper:job");
    const early = pool.transcribe(four, { id: "early" });
    tracing.subscribe(subscriber);
    await early;
    const job = pool.transcribe(samplesOf("en-digits.wav"), { id: "done", sessionId: "s" });
    expect(told).toEqual([
      ["start", "done"],
      ["end", "done"],
    ]);
    await job;
    await until(() => told.length === 4);
    await failure(pool.transcribe("/nowhere/at-all.wav", { id: "failed" }));
    await until(() => told.length === 9);
    await failure(pool.transcribe(four, { beamSize: 99 })); // refused: no job
    tracing.unsubscribe(subscriber);
    await pool.transcribe(four, { id: "late" });
    console.log(`told: ${told.map((one) => one.join(" ")).join(", ")}`);
    const of = (id: string) => told.filter(([, jobId]) => jobId === id).map(([event]) => event);
    expect(of("done")).toEqual(["start", "end", "asyncStart", "asyncEnd"]);
    expect(of("failed")).toEqual(["start", "end", "error", "asyncStart", "asyncEnd"]);
    expect(told.length).toBe(9);
    expect(results[0]).toMatchObject({ jobId: "done", sessionId: "s", outcome: "completed" });
    for (const text of texts) {
      for (const word of wordsOf(digits)) expect(text).not.toMatch(new RegExp(`\\b${word}\\b`));
    }
  });

  it("gets one event also where a single channel of it is subscribed", async () => {
    const pool = await onePool();
    const ids: string[] = [];
    const one = channel("tracing:steady-whisper:job:asyncEnd");
    const listen = (message: unknown) => void ids.push((message as Message).jobId);
    one.subscribe(listen);
    await pool.transcribe(four, { id: "one" });
    await until(() => ids.length > 0);
    one.unsubscribe(listen);
    expect(ids).toEqual(["one"]);
  });
});

describe("await using", () => {
  it("closes the pool, and what it holds is rejected", async () => {
    let pool: WhisperPool;
    let job: Promise<unknown>;
    {
      await using scoped = await makePool();
      pool = scoped;
      await block(pool);
      job = expectFailure(pool.transcribe(four), "ERR_WHISPER_POOL_CLOSED");
    }
    await job;
    expect(pool.stats()).toMatchObject({ state: "closed", slots: [] });
    const after = pool.transcribe(four);
    expect(after.status).toBe("failed");
    await expectFailure(after, "ERR_WHISPER_POOL_CLOSED");
    await expectFailure(pool.recycle(), "ERR_WHISPER_POOL_CLOSED");
    await expectFailure(pool.resize(2), "ERR_WHISPER_POOL_CLOSED");
    await pool.close();
  });
});

function int16Of(name: string): Int16Array {
  const file = bytesOf(name);
  return Int16Array.from({ length: (file.length - 44) / 2 }, (_, i) =>
    file.readInt16LE(44 + 2 * i),
  );
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
