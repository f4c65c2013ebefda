import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  createReadStream,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type LoadAudioOptions, loadAudio } from "../../lib/audio/decode.js";
import type { AudioInput } from "../../lib/audio/input.js";
import {
  hasFfmpeg,
  rejection,
  samplesOf,
  temporaryFolder,
  testAudio,
  wavBytes,
} from "./fixtures.js";

const WAV = testAudio("en-digits.wav");
const digits = samplesOf("en-digits.wav");
const failure = (input: unknown, options?: LoadAudioOptions) =>
  rejection(loadAudio(input as AudioInput, options));

afterEach(() => vi.unstubAllEnvs());

describe("limits and options", () => {
  it.each(["en-digits.wav", "en-digits.flac", "en-digits-44k-stereo.wav"])(
    "refuses %s when it is too long",
    async (name) => {
      const { code, message } = await failure(testAudio(name), { maxDurationMs: 100 });
      expect(code).toBe("ERR_WHISPER_AUDIO_TOO_LONG");
      expect(message).toMatch(/0\.1/);
    },
  );

  it.each([
    { maxDurationMs: 0 },
    { maxDurationMs: 86_400_001 },
    { maxDurationMs: Number.NaN },
    { maxDurationMs: "5" },
    { maxBytes: 0 },
    { maxBytes: 1.5 },
    { maxBytes: 2 ** 60 },
    { ffmpeg: "" },
    { ffmpeg: 1 },
    { ffmpeg: "a\0b" },
    { signal: {} },
    { signal: "x" },
    { signal: null },
  ])("refuses %j", async (options) => {
    const { name, code, message } = await failure(WAV, options as LoadAudioOptions);
    expect({ name, code }).toEqual({
      name: "WhisperArgumentError",
      code: "ERR_WHISPER_INVALID_ARG",
    });
    expect(message).toMatch(new RegExp(`^${Object.keys(options)[0]} must be`));
  });

  it.each([null, "x", 5, () => {}])("refuses %j as options", async (options) => {
    expect(await failure(WAV, options as LoadAudioOptions)).toMatchObject({
      name: "WhisperArgumentError",
      code: "ERR_WHISPER_INVALID_ARG",
      message: expect.stringMatching(/^options must be an object/),
    });
  });

  it("refuses names that it doesn't know, unless they are undefined", async () => {
    const { name, code, message } = await failure(digits, {
      sampelRate: 8000,
    } as LoadAudioOptions);
    expect({ name, code }).toEqual({
      name: "WhisperArgumentError",
      code: "ERR_WHISPER_INVALID_ARG",
    });
    expect(message).toMatch(/unknown names.*sampelRate/);
    expect(await failure(digits, { toString: true } as unknown as LoadAudioOptions)).toMatchObject({
      code: "ERR_WHISPER_INVALID_ARG",
    });
    expect(await loadAudio(digits, { language: undefined } as LoadAudioOptions)).toBe(digits);
  });

  it("has a code for what a caller's own getter throws", async () => {
    const boom = new Error("boom");
    const throws = () => {
      throw boom;
    };
    for (const name of ["href", "getReader", "samples", Symbol.asyncIterator]) {
      const input = Object.defineProperty({ protocol: "" }, name, { get: throws });
      expect(await failure(input)).toMatchObject({ code: "ERR_WHISPER_AUDIO_READ", cause: boom });
    }
  });

  it("counts a stream's bytes", async () => {
    const stream = createReadStream(WAV);
    expect((await failure(stream, { maxBytes: 1000 })).code).toBe("ERR_WHISPER_AUDIO_TOO_LONG");
    expect(stream.destroyed).toBe(true);
  });
});

describe("an abort", () => {
  it("before the call", async () => {
    const signal = AbortSignal.abort("never mind");
    for (const input of [WAV, readFileSync(WAV), digits, createReadStream(WAV)]) {
      expect(await failure(input, { signal })).toMatchObject({
        name: "AbortError",
        code: "ERR_WHISPER_ABORTED",
        cause: "never mind",
      });
    }
  });

  it("while native code decodes or resamples", async () => {
    const long = new Int16Array(60 * 60 * 8000).fill(1000);
    const inputs: [AudioInput, LoadAudioOptions][] = [
      [wavBytes(long, 8000), {}],
      [long, { sampleRate: 8000, channels: 1 }],
    ];
    for (const [input, options] of inputs) {
      const controller = new AbortController();
      const failed = failure(input, { ...options, signal: controller.signal });
      controller.abort("enough");
      expect(await failed).toMatchObject({ code: "ERR_WHISPER_ABORTED", cause: "enough" });
    }
  });
});

describe("files", () => {
  it.each(["-x.wav", "a:b.wav", "http:x.wav", "two\nlines.wav", `"'$(x)'".wav`, "日本.wav"])(
    "may be called %j",
    async (name) => {
      const path = join(temporaryFolder(), name);
      copyFileSync(WAV, path);
      expect(await loadAudio(path)).toEqual(digits);
    },
  );

  it("that aren't there", async () => {
    const path = join(temporaryFolder(), "none.wav");
    expect(await failure(path)).toMatchObject({
      name: "WhisperAudioError",
      code: "ERR_WHISPER_AUDIO_NOT_FOUND",
      message: expect.stringContaining("none.wav"),
    });
    expect((await failure(join(WAV, "below-a-file"))).code).toBe("ERR_WHISPER_AUDIO_NOT_FOUND");
  });

  it("are not fetched from an address", async () => {
    const { code, message } = await failure("https://example.org/a.wav");
    expect(code).toBe("ERR_WHISPER_AUDIO_NOT_FOUND");
    expect(message).toMatch(/not fetched/);
  });

  it("that are folders", async () => {
    const path = join(temporaryFolder(), "folder.wav");
    mkdirSync(path);
    expect(await failure(path)).toMatchObject({
      code: "ERR_WHISPER_AUDIO_READ",
      message: expect.stringContaining("folder"),
    });
  });

  it("that are empty", async () => {
    const path = join(temporaryFolder(), "empty.wav");
    writeFileSync(path, "");
    expect((await failure(path)).code).toBe("ERR_WHISPER_AUDIO_INVALID");
  });

  it.skipIf(process.platform === "win32")("that are pipes, which could hold a thread", async () => {
    const path = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [path]);
    expect(await failure(path)).toMatchObject({
      code: "ERR_WHISPER_AUDIO_READ",
      message: expect.stringContaining("stream"),
    });
  });

  it.skipIf(process.platform === "win32")("that can't be reached", async () => {
    const path = join(temporaryFolder(), "loop.wav");
    symlinkSync(path, path);
    expect(await failure(path)).toMatchObject({
      code: "ERR_WHISPER_AUDIO_READ",
      message: expect.stringContaining("loop.wav"),
    });
  });
});

describe("what isn't WAV, AIFF, FLAC or MP3", () => {
  const text = Buffer.from("this is a text\n".repeat(100));

  it("needs ffmpeg, and says so when there is none", async () => {
    vi.stubEnv("PATH", "");
    for (const input of [testAudio("en-digits.ogg"), readFileSync(testAudio("en-digits.ogg"))]) {
      const { name, code, message } = await failure(input);
      expect({ name, code }).toEqual({
        name: "WhisperAudioError",
        code: "ERR_WHISPER_AUDIO_UNSUPPORTED",
      });
      expect(message).toMatch(/convert.*no ffmpeg on the PATH.*install it/);
    }
  });

  it("never starts ffmpeg when that is switched off", async () => {
    const { code, message } = await failure(testAudio("en-digits.ogg"), { ffmpeg: false });
    expect(code).toBe("ERR_WHISPER_AUDIO_UNSUPPORTED");
    expect(message).toMatch(/option `ffmpeg` is false/);
  });

  it("names an ffmpeg that isn't where it was said to be", async () => {
    const { code, message } = await failure(text, { ffmpeg: "/nowhere/ffmpeg" });
    expect(code).toBe("ERR_WHISPER_AUDIO_UNSUPPORTED");
    expect(message).toContain('"/nowhere/ffmpeg"');
  });

  it.skipIf(!hasFfmpeg)("and isn't audio for ffmpeg either", async () => {
    const path = join(temporaryFolder(), "text.txt");
    writeFileSync(path, text);
    for (const input of [path, text, Readable.from([text])]) {
      const { code, message } = await failure(input);
      expect(code).toBe("ERR_WHISPER_AUDIO_INVALID");
      expect(message).toMatch(/^ffmpeg could not decode.*looks like text\)$/s);
    }
  });
});
