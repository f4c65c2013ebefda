import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeWithFfmpeg } from "../../lib/audio/ffmpeg.js";
import { findFfmpeg } from "../../lib/audio/ffmpeg-find.js";
import {
  convert,
  hasFfmpeg,
  likeness,
  rejection,
  samplesOf,
  temporaryFolder,
  testAudio,
} from "./fixtures.js";

const ffmpeg = (await findFfmpeg()) ?? "";
const limits = { maxDurationMs: 60_000, idleTimeoutMs: 30_000 };
const file = (path: string) => decodeWithFfmpeg(ffmpeg, { path, name: "it" }, limits);
const bytes = (path: string) =>
  decodeWithFfmpeg(ffmpeg, { bytes: readFileSync(path), name: "it" }, limits);

afterEach(() => vi.unstubAllEnvs());

function expectDigits(decoded: Float32Array): void {
  const original = samplesOf("en-digits.wav");
  expect(Math.abs(decoded.length - original.length)).toBeLessThan(3200);
  expect(likeness(original, decoded)).toBeGreaterThan(0.9);
}

describe.skipIf(!hasFfmpeg)("formats that need ffmpeg", () => {
  it("reads Ogg Vorbis from a file and from bytes, to the same samples", async () => {
    const fromFile = await file(testAudio("en-digits.ogg"));
    expectDigits(fromFile);
    expect(await bytes(testAudio("en-digits.ogg"))).toEqual(fromFile);
  });

  it.each([
    ["m4a with its index at the end", "a.m4a", ["-c:a", "aac"]],
    ["m4a with its index in front", "b.m4a", ["-c:a", "aac", "-movflags", "+faststart"]],
    ["webm", "c.webm", ["-c:a", "libopus"]],
    ["48 kHz stereo aiff", "d.aiff", ["-ar", "48000", "-ac", "2"]],
  ])("reads %s from a file and from bytes", async (_, name, args) => {
    const temporary = temporaryFolder();
    const path = convert("en-digits.wav", join(temporaryFolder(), name), ...args);
    vi.stubEnv("TMPDIR", temporary);
    expectDigits(await file(path));
    expectDigits(await bytes(path));
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    "-i.ogg",
    "a:b.ogg",
    "http:x.ogg",
    "concat:a|b.ogg",
    "two\nlines.ogg",
    `it's "quoted" $(x) \`y\`.ogg`,
    "%03d.ogg",
    "*.ogg",
    "ümlaut 日本.ogg",
  ])("takes a file name as it is: %j", async (name) => {
    const path = join(temporaryFolder(), name);
    copyFileSync(testAudio("en-digits.ogg"), path);
    expectDigits(await file(path));
  });

  it("takes a relative path, also one that begins with a dash", async () => {
    const folder = temporaryFolder();
    copyFileSync(testAudio("en-digits.ogg"), join(folder, "-y"));
    const before = process.cwd();
    process.chdir(folder);
    try {
      expectDigits(await file("-y"));
    } finally {
      process.chdir(before);
    }
  });

  it("doesn't follow a playlist to another file", async () => {
    const folder = temporaryFolder();
    const secret = convert("en-digits.wav", join(folder, "secret.ts"), "-c:a", "mp2");
    expect((await file(secret)).length).toBeGreaterThan(16_000);
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n${secret}\n#EXT-X-ENDLIST\n`;
    for (const name of ["list.m3u8", "list.ogg"]) {
      writeFileSync(join(folder, name), playlist);
      expect((await rejection(file(join(folder, name)))).code).toBe("ERR_WHISPER_AUDIO_INVALID");
    }
    expect((await rejection(bytes(join(folder, "list.ogg")))).code).toBe(
      "ERR_WHISPER_AUDIO_INVALID",
    );
  });

  it("says what ffmpeg said about a file that is no audio", async () => {
    const path = join(temporaryFolder(), "not-audio.ogg");
    writeFileSync(path, "this is a text\n".repeat(100));
    const { name, code, message } = await rejection(file(path));
    expect({ name, code }).toEqual({
      name: "WhisperAudioError",
      code: "ERR_WHISPER_AUDIO_INVALID",
    });
    expect(message).toMatch(/^ffmpeg could not decode it \(exit code \d+\): .*not-audio\.ogg: \w/s);
  });

  it("says when a video has no sound", async () => {
    const path = convert(
      "en-digits.wav",
      join(temporaryFolder(), "mute.avi"),
      ...["-f", "lavfi", "-i", "color=black:16x16:d=1", "-map", "1:v", "-c:v", "rawvideo"],
    );
    const { code, message } = await rejection(file(path));
    expect(code).toBe("ERR_WHISPER_AUDIO_INVALID");
    expect(message).toMatch(/stream/);
  });

  it("stops at the longest duration", async () => {
    const run = decodeWithFfmpeg(
      ffmpeg,
      { path: testAudio("en-digits.ogg"), name: "it" },
      { ...limits, maxDurationMs: 500 },
    );
    const { code, message } = await rejection(run);
    expect(code).toBe("ERR_WHISPER_AUDIO_TOO_LONG");
    expect(message).toMatch(/0\.5 s/);
  });
});
