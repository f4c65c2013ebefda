import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadAudio } from "../../lib/audio/decode.js";
import { checkPcmLength, LONGEST_MAX_DURATION_MS } from "../../lib/audio/validate.js";
import { rejection, temporaryFolder, wavHeader } from "./fixtures.js";

const HOUR_MS = 3_600_000;
const TEN_HOURS = 10 * 3600 * 16_000;
const TEN_HOURS_BYTES = 2 * TEN_HOURS;

/** Ten hours of silence at 16 kHz, which hardly take room on the disk. */
function tenHours(): string {
  const path = join(temporaryFolder(), "ten-hours.wav");
  writeFileSync(path, wavHeader(TEN_HOURS_BYTES, 16_000));
  truncateSync(path, 44 + TEN_HOURS_BYTES);
  return path;
}

/** Bytes that this process has read from files so far. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

describe("ten hours in a file", () => {
  it.runIf(process.platform === "linux")(
    "are refused by default, with less than half of them read",
    async () => {
      const path = tenHours();
      const before = bytesRead();
      const { code, message } = await rejection(loadAudio(path));
      expect(code).toBe("ERR_WHISPER_AUDIO_TOO_LONG");
      expect(message).toMatch(/14400/);
      expect(bytesRead() - before).toBeLessThan(TEN_HOURS_BYTES / 2);
    },
  );

  it("are decoded when the limit is raised", { timeout: 120_000 }, async (context) => {
    context.skip(freemem() < 6 * 2 ** 30, "needs 2.3 GB for the samples");
    const samples = await loadAudio(tenHours(), { maxDurationMs: 12 * HOUR_MS });
    expect(samples).toHaveLength(TEN_HOURS);
    expect([samples[0], samples.at(-1)]).toEqual([0, 0]);
  });
});

describe("the longest limit", () => {
  it("is 24 hours, and not a sample more", async () => {
    const rate = 1000;
    const maxDurationMs = LONGEST_MAX_DURATION_MS;
    const day = new Int16Array(24 * 3600 * rate + 1);
    const whole = { samples: day, sampleRate: rate, channels: 1 };
    expect((await rejection(loadAudio(whole, { maxDurationMs }))).code).toBe(
      "ERR_WHISPER_AUDIO_TOO_LONG",
    );
    expect(() => checkPcmLength(day.subarray(1), rate, 1, maxDurationMs)).not.toThrow();
    expect((await rejection(loadAudio(whole, { maxDurationMs: maxDurationMs + 1 }))).code).toBe(
      "ERR_WHISPER_INVALID_ARG",
    );
  });
});
