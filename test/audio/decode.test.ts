import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { type LoadAudioOptions, loadAudio } from "../../lib/audio/decode.js";
import type { AudioInput } from "../../lib/audio/input.js";
import {
  convert,
  hasFfmpeg,
  likeness,
  rejection,
  samplesOf,
  temporaryFolder,
  testAudio,
  transferAway,
} from "./fixtures.js";

const WAV = testAudio("en-digits.wav");
const digits = samplesOf("en-digits.wav");
const failure = (input: unknown, options?: LoadAudioOptions) =>
  rejection(loadAudio(input as AudioInput, options));

describe("every kind of input gives the same samples", () => {
  const bytes = readFileSync(WAV);
  const inputs: [string, () => AudioInput][] = [
    ["a path", () => WAV],
    ["a file: URL", () => pathToFileURL(WAV)],
    ["a Buffer", () => bytes],
    ["a view with an odd offset", () => Buffer.concat([Buffer.from("x"), bytes]).subarray(1)],
    ["an ArrayBuffer", () => new Uint8Array(bytes).buffer],
    ["a Node stream", () => createReadStream(WAV)],
    ["a web stream", () => Readable.toWeb(createReadStream(WAV)) as ReadableStream<Uint8Array>],
    ["a response's body", () => new Response(bytes).body as ReadableStream],
    ["an async iterable", () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)])],
    ["a Float32Array", () => digits],
    ["PCM with its description", () => ({ samples: digits, sampleRate: 16_000, channels: 1 })],
  ];
  it.each(inputs)("%s", async (_, make) => {
    expect(await loadAudio(make())).toEqual(digits);
  });

  it("an Int16Array", async () => {
    const samples = Int16Array.from(digits, (sample) => sample * 32768);
    expect(await loadAudio(samples, { sampleRate: 16_000, channels: 1 })).toEqual(digits);
    const shared = new Int16Array(new SharedArrayBuffer(samples.byteLength));
    shared.set(samples);
    expect(await loadAudio({ samples: shared, sampleRate: 16_000, channels: 1 })).toEqual(digits);
  });

  it("FLAC, which loses nothing", async () => {
    expect(await loadAudio(testAudio("en-digits.flac"))).toEqual(digits);
  });

  it.each([
    ["en-digits-24bit.wav", 0.999],
    ["en-digits-44k-stereo.wav", 0.99],
    ["en-digits-48k-float32.wav", 0.99],
    ["en-digits-8k.wav", 0.9],
  ])("%s, nearly", async (name, least) => {
    const decoded = await loadAudio(testAudio(name));
    expect(Math.abs(decoded.length - digits.length)).toBeLessThanOrEqual(16);
    expect(likeness(digits, decoded)).toBeGreaterThan(least);
  });

  it("what ffmpeg reads", async (context) => {
    if (!hasFfmpeg) context.skip();
    const decoded = await loadAudio(testAudio("en-digits.ogg"));
    expect(likeness(digits, decoded)).toBeGreaterThan(0.9);
    expect(await loadAudio(createReadStream(testAudio("en-digits.ogg")))).toEqual(decoded);
  });
});

describe("PCM", () => {
  it("is not copied when it is mono at 16 kHz", async () => {
    const samples = new Float32Array(1600);
    expect(await loadAudio(samples)).toBe(samples);
  });

  it("is the mean of its channels", async () => {
    const stereo = new Float32Array([0.5, 0.25, -1, 0, 0.125, 0.125]);
    const mono = await loadAudio(stereo, { sampleRate: 16_000, channels: 2 });
    expect([...mono]).toEqual([0.375, -0.5, 0.125]);
  });

  it("is resampled from any rate", async () => {
    for (const sampleRate of [8000, 11_025, 22_050, 44_100, 48_000, 96_000]) {
      const tone = Float32Array.from({ length: sampleRate }, (_, index) =>
        Math.sin((2 * Math.PI * 440 * index) / sampleRate),
      );
      const expected = Float32Array.from({ length: 16_000 }, (_, index) =>
        Math.sin((2 * Math.PI * 440 * index) / 16_000),
      );
      const resampled = await loadAudio(tone, { sampleRate });
      expect(Math.abs(resampled.length - 16_000)).toBeLessThanOrEqual(2);
      expect(likeness(expected, resampled)).toBeGreaterThan(0.98);
    }
  });

  it("may be one part of a larger array", async () => {
    const whole = new Int16Array([9, 9, 100, -200, 9]);
    const options = { sampleRate: 16_000, channels: 1 };
    expect(await loadAudio(whole.subarray(2, 4), options)).toEqual(
      await loadAudio(whole.slice(2, 4), options),
    );
  });

  it("must have samples, in whole frames", async () => {
    expect((await failure(new Float32Array(0))).code).toBe("ERR_WHISPER_AUDIO_INVALID");
    const odd = await failure(new Float32Array(3), { channels: 2 });
    expect(odd.code).toBe("ERR_WHISPER_AUDIO_INVALID");
    expect(odd.message).toMatch(/3 samples.*2 channels/);
  });

  it("may last as long as the limit, and no sample longer", async () => {
    const options = { maxDurationMs: 1000, sampleRate: 8000 };
    expect(await loadAudio(new Float32Array(8000), options)).toHaveLength(16_000);
    expect(await failure(new Float32Array(8001), options)).toMatchObject({
      name: "WhisperAudioError",
      code: "ERR_WHISPER_AUDIO_TOO_LONG",
      message: expect.stringContaining("maxDurationMs"),
    });
  });
});

describe("the caller's memory", () => {
  it.each(["en-digits.wav", "en-digits.flac"])(
    "may change or go away as soon as the call has returned: bytes of %s",
    async (name) => {
      await expectTaken(readFileSync(testAudio(name)));
    },
  );

  it.skipIf(!hasFfmpeg)("also when ffmpeg reads the bytes afterwards", async () => {
    await expectTaken(readFileSync(testAudio("en-digits.ogg")));
  });

  it.skipIf(!hasFfmpeg)("also when they have to be written to a file for ffmpeg", async () => {
    const m4a = convert("en-digits.wav", join(temporaryFolder(), "a.m4a"), "-c:a", "aac");
    await expectTaken(readFileSync(m4a));
  });

  it("may change or go away as soon as the call has returned: samples", async () => {
    const options = { sampleRate: 8000, channels: 1 };
    const integers = Int16Array.from(digits, (sample) => sample * 32768);
    for (const make of [() => integers.slice(), () => digits.slice()]) {
      const expected = await loadAudio(make(), options);
      const changed = make();
      const loading = loadAudio(changed, options);
      changed.fill(0);
      expect(await loading).toEqual(expected);
      const transferred = make();
      const resampling = loadAudio(transferred, options);
      transferAway(transferred);
      expect(await resampling).toEqual(expected);
    }
  });
});

/** Loading these bytes must give the same samples whatever is done to their memory after the call. */
async function expectTaken(original: Buffer): Promise<void> {
  const expected = await loadAudio(original);
  const changed = new Uint8Array(original);
  const loading = loadAudio(changed);
  changed.fill(0);
  expect(await loading).toEqual(expected);
  const transferred = new Uint8Array(original);
  const reading = loadAudio(transferred);
  transferAway(transferred);
  expect(await reading).toEqual(expected);
}
