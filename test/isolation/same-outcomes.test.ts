// What a job, or a pool, comes to must not depend on where its engine lives: the same results, errors and codes.

import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AudioInput,
  type JobOptions,
  type PoolOptions,
  type PoolResult,
  type Segment,
  WhisperError,
  WhisperPool,
} from "../../lib/index.js";
import { hasFfmpeg } from "../audio/fixtures.js";
import { poolContentOf } from "../pool/real/support.js";
import { audioPath, micro, noise, samplesOf, silence } from "../support/micro.js";

const isolations = ["thread", "process"] as const;
type Pools = Record<(typeof isolations)[number], WhisperPool>;

/** A folder of the tests' own, and for the time of them the current one: a child's is another. */
const here = join(tmpdir(), `steady-whisper-outcomes-${process.pid}`);
const before = process.cwd();
const isWindows = process.platform === "win32";
let pools: Pools;

const ran: string[] = [];
afterAll(() => console.log(ran.join("\n")));

const options = { backend: "cpu", slots: 2, threadsPerSlot: 1, health: false } as const;

beforeAll(async () => {
  mkdirSync(here, { recursive: true });
  process.chdir(here);
  copyFileSync(audioPath("en-00.wav"), "four.wav");
  mkdirSync("other/deep", { recursive: true });
  copyFileSync(audioPath("en-01.wav"), "other/four.wav");
  if (!isWindows) symlinkSync("other/deep", "link");
  writeFileSync("note.txt", "not audio at all\n".repeat(100));
  writeFileSync("empty.wav", "");
  writeFileSync("cut.wav", readFileSync("four.wav").subarray(0, 30));
  writeFileSync("broken.bin", readFileSync(micro.q5_0).subarray(0, 100_000));
  writeFileSync("ffmpeg.sh", "#!/bin/sh\nexec ffmpeg $*\n", { mode: 0o755 });
  const [thread, own] = await Promise.all(
    isolations.map((isolation) => WhisperPool.create({ ...options, isolation })),
  );
  pools = { thread, process: own } as Pools;
});

afterAll(async () => {
  process.chdir(before);
  rmSync(here, { recursive: true, force: true });
  await Promise.all([pools?.thread.close(), pools?.process.close()]);
});

/** Everything but the clock, as plain data. */
async function outcomeOf(work: PromiseLike<PoolResult | WhisperPool>): Promise<unknown> {
  try {
    const value = await work;
    if (!(value instanceof WhisperPool)) return { result: poolContentOf(value) };
    await value.close();
    return "a pool";
  } catch (error) {
    if (!(error instanceof WhisperError)) throw error;
    const { code, name } = error;
    const message = error.message.replaceAll(/0x[0-9a-f]+/g, "0x..."); // ffmpeg's
    const { argument } = error as { argument?: string };
    return { code, name, message, argument, type: error.constructor.name };
  }
}

async function expectSame(
  title: string,
  run: (isolation: (typeof isolations)[number]) => Promise<unknown>,
): Promise<unknown> {
  const [inThread, inProcess] = await Promise.all(isolations.map(run));
  ran.push(`${title}: ${JSON.stringify(inThread).slice(0, 150)}`);
  expect(inProcess).toEqual(inThread);
  return inThread;
}

type Row = [title: string, audio: () => unknown, options?: JobOptions];

const bytes = (name: string) => readFileSync(audioPath(name));
const shared = <View extends Float32Array | Uint8Array>(view: View): View => {
  const Type = view.constructor as new (memory: SharedArrayBuffer) => View;
  const copy = new Type(new SharedArrayBuffer(view.byteLength));
  copy.set(view as never);
  return copy;
};
const s16 = (name: string) => Int16Array.from(samplesOf(name), (value) => value * 32767);
async function* pieces(name: string): AsyncGenerator<Uint8Array> {
  const whole = bytes(name);
  for (let at = 0; at < whole.length; at += 1000) yield whole.subarray(at, at + 1000);
}
const stereo = () => {
  const one = samplesOf("en-00.wav");
  return Float32Array.from({ length: 2 * one.length }, (_, i) => one[i >> 1] as number);
};
const detached = () => {
  const samples = silence(1);
  structuredClone(samples.buffer, { transfer: [samples.buffer as ArrayBuffer] });
  return samples;
};
const one = (value: number) => silence(1).fill(value, 8000, 8001);

const good: Row[] = [
  ["a path", () => audioPath("en-00.wav")],
  ["a relative path", () => "four.wav"],
  ["a relative path over a link", () => (isWindows ? "./four.wav" : "link/../four.wav")],
  ["a file: URL", () => pathToFileURL(audioPath("en-00.wav"))],
  ["a Buffer", () => bytes("en-00.wav")],
  ["an ArrayBuffer", () => new Uint8Array(bytes("en-00.wav")).buffer],
  ["a SharedArrayBuffer", () => shared(new Uint8Array(bytes("en-00.wav"))).buffer],
  ["a Node stream", () => createReadStream(audioPath("en-00.wav"))],
  ["a web stream", () => Readable.toWeb(createReadStream(audioPath("en-00.wav")))],
  ["an async iterable", () => pieces("en-00.wav")],
  ["a Float32Array", () => samplesOf("en-00.wav")],
  [
    "a Float32Array in the midst of its memory",
    () => samplesOf("en-digits.wav").subarray(160, 48_001),
  ],
  ["a Float32Array of shared memory", () => shared(samplesOf("en-00.wav"))],
  [
    "a Float32Array at another rate",
    () => samplesOf("en-00.wav"),
    { sampleRate: 12_000, channels: 1 },
  ],
  ["an Int16Array", () => s16("en-00.wav"), { sampleRate: 16_000, channels: 1 }],
  ["{ samples } in stereo", () => ({ samples: stereo(), sampleRate: 16_000, channels: 2 })],
  [
    "{ samples } of 16 bits at 8 kHz",
    () => ({ samples: s16("en-00.wav"), sampleRate: 8000, channels: 1 }),
  ],
  ["FLAC", () => audioPath("en-digits.flac")],
  ["24 bits", () => audioPath("en-digits-24bit.wav")],
  ["44.1 kHz in stereo, as bytes", () => bytes("en-digits-44k-stereo.wav")],
  ["75 s", () => audioPath("long-75s.wav")],
  ["silence", () => silence(3)],
  ["noise, with fallbacks", () => noise(6, 0.3), { logprobThreshold: 0, noSpeechThreshold: 1000 }],
  ["language auto", () => audioPath("de-00.wav"), { language: "auto" }],
  [
    "a beam and a prompt",
    () => audioPath("en-digits.wav"),
    { strategy: "beam", prompt: "one two" },
  ],
  ["a part", () => audioPath("en-digits.wav"), { offsetMs: 1000, durationMs: 2000 }],
];

const bad: Row[] = [
  ["a missing file", () => join(here, "nowhere.wav")],
  ["a folder", () => here],
  ["text", () => join(here, "note.txt")],
  ["text without ffmpeg", () => join(here, "note.txt"), { ffmpeg: false }],
  ["text as bytes without ffmpeg", () => readFileSync(join(here, "note.txt")), { ffmpeg: false }],
  ["an empty file", () => join(here, "empty.wav")],
  ["a file that is cut off", () => join(here, "cut.wav"), { ffmpeg: false }],
  ["no bytes", () => Buffer.alloc(0)],
  ["a stream of no bytes", () => Readable.from([])],
  [
    "a stream that fails",
    () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(9);
          throw new Error("boom");
        })(),
      ),
  ],
  ["a stream beyond maxBytes", () => createReadStream(audioPath("en-00.wav")), { maxBytes: 1000 }],
  ["no samples", () => new Float32Array(0)],
  ["NaN", () => one(Number.NaN)],
  ["infinite samples", () => one(Number.POSITIVE_INFINITY)],
  ["huge samples", () => one(1e6)],
  ["NaN at 48 kHz", () => one(Number.NaN), { sampleRate: 48_000, channels: 1 }],
  ["half a frame", () => ({ samples: silence(1).subarray(1), sampleRate: 16_000, channels: 2 })],
  ["16 bits that nothing is said of", () => s16("en-00.wav")],
  ["memory that was transferred away", detached],
  ["samples beyond maxDurationMs", () => silence(3), { maxDurationMs: 2000 }],
  ["a file beyond maxDurationMs", () => join(here, "four.wav"), { maxDurationMs: 100 }],
  ["bytes beyond maxDurationMs", () => bytes("long-75s.wav"), { maxDurationMs: 100 }],
  ["Ogg without ffmpeg", () => audioPath("en-digits.ogg"), { ffmpeg: false }],
  ["an ffmpeg that isn't there", () => audioPath("en-digits.ogg"), { ffmpeg: "/nowhere/ffmpeg" }],
  [
    "an ffmpeg that isn't on the PATH",
    () => audioPath("en-digits.ogg"),
    { ffmpeg: "no-such-ffmpeg" },
  ],
  ["an ffmpeg of a wrong type", () => "four.wav", { ffmpeg: 1 as never }],
  ["an address", () => new URL("https://example.com/a.wav")],
  ["a path with NUL", () => "a\0b"],
  ["a number", () => 42],
  ["language xx", () => "four.wav", { language: "xx" }],
  ["an offset beyond the end", () => join(here, "four.wav"), { offsetMs: 1e6 }],
  ["an unknown option", () => "four.wav", { langauge: "en" } as never],
  ["threads", () => "four.wav", { threads: 2 } as never],
  ["a regular expression that is none", () => "four.wav", { suppressRegex: "(" }],
  ["a grammar that is none", () => "four.wav", { grammar: "root ::= missing" } as never],
  ["a prompt without an end", () => "four.wav", { prompt: "a".repeat(100_000) }],
  ["a priority of a wrong type", () => "four.wav", { priority: "high" as never }],
];

describe("jobs: the same in both isolations:", () => {
  it.each(good)("%s", async (title, audio, job) => {
    const outcome = await expectSame(title, (isolation) =>
      outcomeOf(pools[isolation].transcribe(audio() as AudioInput, job)),
    );
    expect(outcome).toHaveProperty("result");
  });

  it.runIf(hasFfmpeg && !isWindows)(
    "Ogg: with the ffmpeg of the PATH, and with one at a relative path",
    async () => {
      for (const ffmpeg of [true, "./ffmpeg.sh", "ffmpeg"]) {
        const outcome = await expectSame(`Ogg with ffmpeg ${ffmpeg}`, (isolation) =>
          outcomeOf(pools[isolation].transcribe(audioPath("en-digits.ogg"), { ffmpeg })),
        );
        expect(outcome).toHaveProperty("result");
      }
    },
  );

  it.each(bad)("%s: an error", async (title, audio, job) => {
    const outcome = await expectSame(title, (isolation) =>
      outcomeOf(pools[isolation].transcribe(audio() as AudioInput, job)),
    );
    expect(outcome).toHaveProperty("code");
    expect(outcome).not.toHaveProperty("code", "ERR_WHISPER_INTERNAL");
  });

  it("relative names of what isn't there: the same but for the path", async () => {
    for (const [audio, job] of [
      ["nowhere.wav", {}],
      [audioPath("en-digits.ogg"), { ffmpeg: "./no-ffmpeg" }],
    ] as const) {
      await expectSame(audio, async (isolation) => {
        const outcome = await outcomeOf(pools[isolation].transcribe(audio, job));
        const { message, ...rest } = outcome as { message: string };
        return {
          ...rest,
          message: message.replaceAll(`${process.cwd()}/`, "").replaceAll("./", ""),
        };
      });
    }
  });

  it("segments and progress come in the same order", async () => {
    await expectSame("segments and progress", async (isolation) => {
      const seen: (Segment | string)[] = [];
      const job = pools[isolation].transcribe(audioPath("long-75s.wav"), {
        onProgress: (fraction) => seen.push(`progress ${fraction}`),
      });
      for await (const segment of job) seen.push(segment);
      const { segments } = await job;
      const delivered = seen.filter((one) => typeof one !== "string");
      expect(delivered).toEqual(segments);
      const progress = seen.filter((one) => typeof one === "string");
      expect(progress.length).toBeGreaterThan(1);
      return { delivered, last: progress.at(-1) };
    });
  });

  it("a job that is cancelled, before and while it runs", async () => {
    await expectSame("cancelled", async (isolation) => {
      const pool = pools[isolation];
      const running = pool.transcribe(audioPath("long-75s.wav"), {
        onProgress: () => running.cancel("enough"),
      });
      const early = pool.transcribe(samplesOf("en-00.wav"), { signal: AbortSignal.abort("no") });
      return Promise.all([outcomeOf(running), outcomeOf(early)]);
    });
  });

  it("nothing of all this has hurt the engine", () => {
    const { counters, engines } = pools.process.stats();
    expect(counters).toMatchObject({ crashes: 0, interruptions: 0 });
    expect(engines.map(({ engineGeneration }) => engineGeneration)).toEqual([1]);
  });
});

const models: [title: string, options: () => PoolOptions][] = [
  ["the embedded one", () => ({})],
  ["a path", () => ({ model: micro.q8_0 })],
  ["a file: URL", () => ({ model: pathToFileURL(micro.f16) })],
  ["bytes", () => ({ model: readFileSync(micro.q5_0) })],
  ["bytes of shared memory", () => ({ model: shared(new Uint8Array(readFileSync(micro.q5_0))) })],
  ["no bytes", () => ({ model: new Uint8Array(0) })],
  ["broken bytes", () => ({ model: readFileSync(micro.q5_0).subarray(0, 50_000) })],
  ["a missing file", () => ({ model: join(here, "nowhere.bin") })],
  ["a file that is cut off", () => ({ model: join(here, "broken.bin") })],
  ["no model at all", () => ({ model: audioPath("en-00.wav") })],
  ["a folder", () => ({ model: here })],
  ["an unknown name", () => ({ model: "humongous" })],
  ["a name that hasn't been downloaded", () => ({ model: "large-v3" })],
  ["an empty name", () => ({ model: "" })],
  ["an address", () => ({ model: new URL("https://example.com/a.bin") })],
  ["a backend that isn't there", () => ({ backend: "cuda", device: 99 })],
  ["a wrong option", () => ({ slots: 0 })],
];

describe("create(): the same in both isolations with", () => {
  it.each(models)("%s", async (title, more) => {
    await expectSame(`create() with ${title}`, (isolation) =>
      outcomeOf(WhisperPool.create({ ...options, slots: 1, ...more(), isolation })),
    );
  });
});
