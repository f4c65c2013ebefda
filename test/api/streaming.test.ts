import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Segment,
  type TranscribeResult,
  WhisperAbortError,
  WhisperContext,
  type WhisperState,
} from "../../lib/index.js";
import { runInChild } from "../support/child.js";
import { noise, reference, samplesOf, silence } from "../support/micro.js";
import { contentOf, expectFailure, sleep, withState } from "../support/outcome.js";

const long = samplesOf("long-75s.wav");
const short = samplesOf("en-00.wav");
const options = { threads: 1 };

let context: WhisperContext;
let state: WhisperState;
let expected: TranscribeResult;

beforeAll(async () => {
  context = await WhisperContext.create();
  expected = await withState(context, (fresh) => fresh.transcribe(long, options));
});
afterAll(() => context.free());
beforeEach(async () => {
  state = await context.createState();
});
afterEach(() => state.free());

async function collect(source: AsyncIterable<Segment>): Promise<Segment[]> {
  const segments: Segment[] = [];
  for await (const segment of source) segments.push(segment);
  return segments;
}

describe("iteration", () => {
  it("gets segments window by window, long before the result", async () => {
    const job = state.transcribe(long, options);
    let ended = false;
    job.then(() => {
      ended = true;
    });
    let before = 0;
    let windowsBefore = 0;
    for await (const segment of job) {
      if (ended) continue;
      before += 1;
      windowsBefore = Math.max(windowsBefore, Math.floor(segment.startMs / 30_000));
      await sleep(0); // lets the result come first if it is there
    }
    expect(expected.segments.length).toBe(27);
    expect(before).toBeGreaterThanOrEqual(9);
    expect(windowsBefore).toBeGreaterThanOrEqual(1);
  });

  it("gives the same segments as the result, then ends", async () => {
    const job = state.transcribe(long, options);
    const segments = await collect(job);
    const result = await job;
    expect(segments).toEqual(result.segments);
    expect(contentOf(result)).toEqual(contentOf(expected));
  });

  it("begins at the first segment for every iterator: side by side, late, and after the end", async () => {
    const job = state.transcribe(long, options);
    const early = [collect(job), collect(job)];
    const iterator = job[Symbol.asyncIterator]();
    await iterator.next();
    const late = collect(job);
    const all = await Promise.all([...early, late]);
    await job;
    all.push(await collect(job));
    for (const segments of all) expect(segments).toEqual(expected.segments);
  });

  it("may be left early: the job goes on", async () => {
    const job = state.transcribe(long, options);
    for await (const segment of job) {
      expect(segment).toEqual(expected.segments[0]);
      break;
    }
    expect(contentOf(await job)).toEqual(contentOf(expected));
  });

  it("ends at once for audio without speech", async () => {
    expect(await collect(state.transcribe(silence(1), options))).toEqual([]);
  });

  it("throws what the result rejects with: cancelled in mid-iteration", async () => {
    const job = state.transcribe(long, options);
    const seen: Segment[] = [];
    const reason = new Error("enough");
    const reading = (async () => {
      for await (const segment of job) {
        seen.push(segment);
        if (seen.length === 1) job.cancel(reason);
      }
    })();
    await expect(reading).rejects.toBeInstanceOf(WhisperAbortError);
    const error = await expectFailure(job, "ERR_WHISPER_ABORTED");
    expect(error.cause).toBe(reason);
    expect(error.name).toBe("AbortError");
    expect(seen).toEqual(expected.segments.slice(0, seen.length));
    expect(seen.length).toBeLessThan(expected.segments.length);
    await expect(collect(job)).rejects.toBe(error);
  });

  it("throws on invalid options", async () => {
    const reading = collect(state.transcribe(long, { temperature: 2 }));
    await expectFailure(reading, "ERR_WHISPER_INVALID_ARG", /temperature/);
  });

  it("doesn't hold up decoding: a reader that waits for the result gets everything after it", async () => {
    const job = state.transcribe(long, options);
    const seen: Segment[] = [];
    for await (const segment of job) {
      seen.push(segment);
      await job; // would never end if decoding waited for this reader
    }
    expect(seen).toEqual(expected.segments);
  });

  it("a slow reader costs the job no time", async () => {
    const wall = async (read: boolean) => {
      const job = state.transcribe(long, options);
      if (read) {
        for await (const _ of job) await sleep(60);
      }
      return (await job).timing.wallMs;
    };
    const ratios: number[] = [];
    for (let i = 0; i < 2; i++) ratios.push((await wall(true)) / (await wall(false)));
    // 27 segments x 60 ms are more than a whole job; the lesser of two is the one with the least other load.
    expect(Math.min(...ratios)).toBeLessThan(1.5);
  });
});

describe("progress", () => {
  it("rises from 0 to 1, once for each window", async () => {
    const shares: number[] = [];
    await state.transcribe(long, { ...options, onProgress: (share) => shares.push(share) });
    expect(shares.length).toBeGreaterThanOrEqual(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.5);
    for (const share of shares) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
    }
  });

  it("an error thrown in onProgress is an uncaught exception: the process ends with it", async () => {
    const end = await runInChild(async ({ lib, noise }) => {
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      await state.transcribe(noise(2, 0.01), {
        onProgress: () => {
          throw new Error("thrown by the listener");
        },
      });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      console.log("not reached");
    });
    expect(end.stdout).toBe("");
    expect(end.stderr).toContain("thrown by the listener");
    expect(end.code).not.toBe(0);
    expect(end.signal).toBe(null);
  });

  it("... which a handler may survive: the job's result comes all the same", async () => {
    const end = await runInChild(async ({ lib, samplesOf, report }) => {
      process.on("uncaughtException", (error) => report(error.message));
      const context = await lib.WhisperContext.create();
      const state = await context.createState();
      const { text } = await state.transcribe(samplesOf("en-00.wav"), {
        onProgress: () => {
          throw new Error("thrown by the listener");
        },
      });
      report(text);
      await context.free();
    });
    expect(end).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(end.reports.slice(0, -1)).toContain("thrown by the listener");
    expect(end.reports.at(-1)).toBe(reference("en-00.wav").text);
  });
});

describe("several requests on one state", () => {
  it("run in the order of the calls", async () => {
    const names = ["en-03.wav", "en-00.wav", "en-01.wav", "en-02.wav"];
    const order: string[] = [];
    const jobs = names.map((name) => {
      const job = state.transcribe(samplesOf(name), options);
      job.then(() => order.push(name));
      return job;
    });
    const results = await Promise.all(jobs);
    expect(order).toEqual(names);
    expect(results.map((result) => result.text)).toEqual(names.map((name) => reference(name).text));
    const waits = results.map((result) => result.timing.waitMs);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    results.slice(1).forEach((result, index) => {
      // Each waited for the one before, at least.
      expect(result.timing.waitMs).toBeGreaterThan((results[index]?.timing.wallMs ?? 0) * 0.9);
    });
  });

  it("keep that order when audio of an earlier call takes longer to arrive", async () => {
    const order: string[] = [];
    async function* slowBytes(): AsyncGenerator<Uint8Array> {
      await sleep(300);
      yield new Uint8Array(64); // no audio format: this call fails, after its turn has come
    }
    const first = expectFailure(
      state.transcribe(slowBytes(), { ...options, ffmpeg: false }),
      "ERR_WHISPER_AUDIO_UNSUPPORTED",
    ).then(() => order.push("stream"));
    const second = state.transcribe(short, options).then(() => order.push("samples"));
    const reset = state.reset().then(() => order.push("reset"));
    await Promise.all([first, second, reset]);
    expect(order).toEqual(["stream", "samples", "reset"]);
    expect(state.info.resets).toBe(1);
  });

  it("a failed one and a cancelled one don't disturb the others", async () => {
    const jobs = [
      state.transcribe(short, options),
      state.transcribe(short, { threads: 0 }),
      state.transcribe(new Float32Array(0), options),
      state.transcribe(long, options),
      state.transcribe(short, options),
    ];
    jobs[3]?.cancel();
    const settled = await Promise.allSettled(jobs.map((job) => job.result));
    expect(
      settled.map((one) => (one.status === "rejected" ? one.reason.code : one.value.text)),
    ).toEqual([
      reference("en-00.wav").text,
      "ERR_WHISPER_INVALID_ARG",
      "ERR_WHISPER_AUDIO_INVALID",
      "ERR_WHISPER_ABORTED",
      reference("en-00.wav").text,
    ]);
  });
});

describe("free()", () => {
  it("in mid-job: the job, those that wait and later calls reject with ERR_WHISPER_FREED", async () => {
    const running = state.transcribe(long, options);
    const waiting = [state.transcribe(short, options), state.reset(), state.detectLanguage(short)];
    const failures = waiting.map((one) => expectFailure(one, "ERR_WHISPER_FREED"));
    const iterator = running[Symbol.asyncIterator]();
    await iterator.next();
    const freed = state.free();
    expect(state.free()).toBe(freed);
    await expectFailure(running, "ERR_WHISPER_FREED");
    await freed;
    await Promise.all(failures);
    await expectFailure(state.transcribe(short), "ERR_WHISPER_FREED");
    await expectFailure(state.reset(), "ERR_WHISPER_FREED");
    await expectFailure(state.detectLanguage(short), "ERR_WHISPER_FREED");
    expect(state.info.bytes).toBeGreaterThanOrEqual(0);
  });

  it("of the context in mid-job does the same for all of its states", async () => {
    const other = await WhisperContext.create();
    const states = await Promise.all([other.createState(), other.createState()]);
    const jobs = states.map((one) => one.transcribe(noise(60, 0.3), options));
    const failures = jobs.map((job) => expectFailure(job, "ERR_WHISPER_FREED"));
    await sleep(50);
    const freed = other.free();
    expect(other.free()).toBe(freed);
    await Promise.all([freed, ...failures]);
    for (const one of states) await expectFailure(one.transcribe(short), "ERR_WHISPER_FREED");
    await expectFailure(other.createState(), "ERR_WHISPER_FREED");
    expect(other.info.model.type).toBe("micro");
  });
});
