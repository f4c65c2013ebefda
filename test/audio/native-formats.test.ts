import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadAudio } from "../../lib/audio/decode.js";
import { isDecodedNatively } from "../../lib/audio/native-formats.js";
import {
  convert,
  hasFfmpeg,
  likeness,
  loudness,
  samplesOf,
  temporaryFolder,
  testAudio,
} from "./fixtures.js";

const digits = samplesOf("en-digits.wav");

/** Encodes the digits and decodes them again, by native code alone. */
function there(name: string, ...args: string[]): Promise<Float32Array> {
  const path = convert("en-digits.wav", join(temporaryFolder(), name), ...args);
  return loadAudio(path, { ffmpeg: false });
}

/** Both channels as loud as the original, or only the left one. */
const BOTH = ["-af", "pan=stereo|c0=c0|c1=c0"];
const LEFT = ["-af", "pan=stereo|c0=c0|c1=0*c0"];

// What a rate below 16 kHz can't hold is lost: digits have much sound above 4 kHz.
describe.skipIf(!hasFfmpeg)("natively decoded, without ffmpeg", () => {
  it.each([
    { mp3: "44.1 kHz stereo", args: ["-ar", "44100", ...BOTH], likeness: 0.99, loudness: 1 },
    { mp3: "one silent channel", args: ["-ar", "44100", ...LEFT], likeness: 0.99, loudness: 0.5 },
    { mp3: "48 kHz mono", args: ["-ar", "48000"], likeness: 0.99, loudness: 1 },
    { mp3: "32 kHz, variable", args: ["-ar", "32000", "-q:a", "4"], likeness: 0.99, loudness: 1 },
    { mp3: "22.05 kHz mono", args: ["-ar", "22050"], likeness: 0.98, loudness: 1 },
    { mp3: "16 kHz mono", args: [], likeness: 0.98, loudness: 1 },
    { mp3: "11.025 kHz mono", args: ["-ar", "11025"], likeness: 0.97, loudness: 1 },
    { mp3: "8 kHz mono", args: ["-ar", "8000"], likeness: 0.94, loudness: 0.97 },
  ])("MP3: $mp3", async ({ args, likeness: least, loudness: factor }) => {
    const decoded = await there("a.mp3", ...args);
    expect(Math.abs(decoded.length - digits.length)).toBeLessThanOrEqual(16);
    expect(likeness(digits, decoded)).toBeGreaterThan(least);
    // LAME takes a little away so that nothing clips.
    expect(Math.abs(loudness(decoded) / (factor * loudness(digits)) - 1)).toBeLessThan(0.1);
  });

  it.each([
    { flac: "44.1 kHz stereo, 16 bit", args: ["-ar", "44100", "-sample_fmt", "s16", ...BOTH] },
    { flac: "one silent channel", args: ["-ar", "44100", ...LEFT], factor: 0.5 },
    {
      flac: "48 kHz, 24 bit",
      args: ["-ar", "48000", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"],
    },
    { flac: "8 kHz mono", args: ["-ar", "8000"], least: 0.98, factor: 0.97 },
  ])("FLAC: $flac", async ({ args, least = 0.995, factor = 1 }) => {
    const decoded = await there("a.flac", ...args);
    expect(Math.abs(decoded.length - digits.length)).toBeLessThanOrEqual(2);
    expect(likeness(digits, decoded)).toBeGreaterThan(least);
    expect(Math.abs(loudness(decoded) / (factor * loudness(digits)) - 1)).toBeLessThan(0.01);
  });
});

describe("what surely never comes to ffmpeg", () => {
  it.each([
    ["en-digits.wav", true],
    ["en-digits-48k-float32.wav", true],
    ["en-digits.flac", true],
    ["en-digits.ogg", false],
  ])("%s: %s", (name, expected) => {
    expect(isDecodedNatively(readFileSync(testAudio(name)))).toBe(expected);
  });

  it("is not told from a WAV file with another codec, or from the beginning of one", () => {
    const wav = readFileSync(testAudio("en-digits.wav"));
    for (const codec of [0, 2, 0x50, 0x101, 0xfffe]) {
      const other = Buffer.from(wav);
      other.writeUInt16LE(codec, 20);
      expect(isDecodedNatively(other)).toBe(false);
    }
    for (let length = 0; length < 22; length++) {
      expect(isDecodedNatively(wav.subarray(0, length))).toBe(false);
    }
  });
});
