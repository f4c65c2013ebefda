import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type PcmDescription, prepareInput } from "../../lib/audio/input.js";

const coded = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });
const prepare = (input: unknown, described?: PcmDescription) => () =>
  prepareInput(input, described);
const INVALID_ARG = "ERR_WHISPER_INVALID_ARG";

describe("wrong inputs", () => {
  it.each([
    undefined,
    null,
    5,
    true,
    {},
    [],
    new Float64Array(1),
    new Uint8ClampedArray(1),
    new DataView(new ArrayBuffer(1)),
    Symbol("x"),
    () => {},
    { [Symbol.asyncIterator]: 5 },
    { [Symbol.asyncIterator]: undefined },
    { getReader: 5 },
  ])("%# is no audio", (input) => {
    expect(prepare(input)).toThrow(coded(INVALID_ARG, /^audio must be/));
  });

  it.each(["", "a\0b"])("%j is no path", (path) => {
    expect(prepare(path)).toThrow(coded(INVALID_ARG, /path/));
  });

  it("an address of another machine", () => {
    for (const url of ["https://example.org/a.wav", "file://host/a.wav", "data:audio/wav,x"]) {
      expect(prepare(new URL(url))).toThrow(coded(INVALID_ARG, /file: URL/));
    }
  });

  it("no bytes at all", () => {
    expect(prepare(Buffer.alloc(0))).toThrow(coded("ERR_WHISPER_AUDIO_INVALID", /0 bytes/));
    expect(prepare(new ArrayBuffer(0))).toThrow(coded("ERR_WHISPER_AUDIO_INVALID", /0 bytes/));
  });

  it("Int16Array without its sample rate or channels", () => {
    const samples = new Int16Array(4);
    expect(prepare(samples)).toThrow(coded(INVALID_ARG, /^sampleRate/));
    expect(prepare(samples, { sampleRate: 16_000 })).toThrow(coded(INVALID_ARG, /^channels/));
    expect(prepare({ samples })).toThrow(coded(INVALID_ARG, /^sampleRate/));
  });

  it.each([
    0,
    -1,
    999,
    768_001,
    16_000.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "16000",
    null,
    16000n,
  ])("sample rate %s", (sampleRate) => {
    const described = { sampleRate } as PcmDescription;
    expect(prepare(new Float32Array(4), described)).toThrow(coded(INVALID_ARG, /^sampleRate/));
  });

  it.each([0, -1, 1.5, 33, Number.NaN, "1", null])("%s channels", (channels) => {
    const described = { channels } as PcmDescription;
    expect(prepare(new Float32Array(4), described)).toThrow(coded(INVALID_ARG, /^channels/));
  });

  it("a description of something that carries its own", () => {
    for (const input of ["a.wav", Buffer.from("x"), Readable.from([])]) {
      expect(prepare(input, { sampleRate: 16_000 })).toThrow(coded(INVALID_ARG, /^sampleRate/));
    }
    const whole = { samples: new Float32Array(1), sampleRate: 16_000, channels: 1 };
    expect(prepare(whole, { channels: 1 })).toThrow(coded(INVALID_ARG, /^channels/));
  });

  it("an object with something else as samples", () => {
    expect(prepare({ samples: [0, 1], sampleRate: 16_000, channels: 1 })).toThrow(
      coded(INVALID_ARG, /^audio\.samples/),
    );
  });
});
