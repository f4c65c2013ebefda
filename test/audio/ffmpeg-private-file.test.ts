import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeWithFfmpeg } from "../../lib/audio/ffmpeg.js";
import { findFfmpeg } from "../../lib/audio/ffmpeg-find.js";
import {
  fakeFfmpeg,
  isAlive,
  readPid,
  rejection,
  temporaryFolder,
  until,
  writePid,
} from "./fixtures.js";

// With programs of our own in ffmpeg's place.
const limits = { maxDurationMs: 60_000, idleTimeoutMs: 30_000 };
const MOOV_AT_END = Buffer.from("\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x08mdat", "latin1");

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(process.platform === "win32")(
  "the private file for formats that need seeking",
  () => {
    it("can be read by this user only, and is gone afterwards", async () => {
      const [folder, temporary] = [temporaryFolder(), temporaryFolder()];
      vi.stubEnv("TMPDIR", temporary);
      const fake = fakeFfmpeg(
        folder,
        `const fs = require("fs"), path = require("path");
       const file = process.argv[process.argv.indexOf("-i") + 1].slice("file:".length);
       const mode = (name) => (fs.statSync(name).mode & 0o777).toString(8);
       fs.writeFileSync(${JSON.stringify(join(folder, "seen"))},
         JSON.stringify([mode(file), mode(path.dirname(file)), fs.readFileSync(file, "latin1")]));
       process.exit(1);`,
      );
      const run = decodeWithFfmpeg(fake, { bytes: MOOV_AT_END, name: "it" }, limits);
      expect((await rejection(run)).code).toBe("ERR_WHISPER_AUDIO_INVALID");
      expect(JSON.parse(readFileSync(join(folder, "seen"), "utf8"))).toEqual([
        "600",
        "700",
        MOOV_AT_END.toString("latin1"),
      ]);
      expect(readdirSync(temporary)).toEqual([]);
    });

    it("is gone after an abort", async () => {
      const [folder, temporary] = [temporaryFolder(), temporaryFolder()];
      vi.stubEnv("TMPDIR", temporary);
      const fake = fakeFfmpeg(folder, `${writePid(folder)} setInterval(() => {}, 1000);`);
      const controller = new AbortController();
      const rejected = rejection(
        decodeWithFfmpeg(
          fake,
          { bytes: MOOV_AT_END, name: "it" },
          { ...limits, signal: controller.signal },
        ),
      );
      await until(() => existsSync(join(folder, "pid")));
      expect(readdirSync(temporary)).toHaveLength(1);
      controller.abort();
      expect((await rejected).code).toBe("ERR_WHISPER_ABORTED");
      expect(readdirSync(temporary)).toEqual([]);
      expect(isAlive(readPid(folder))).toBe(false);
    });

    it("is a read error when it can't be written", async () => {
      const fake = fakeFfmpeg(temporaryFolder(), "process.exit(0);");
      vi.stubEnv("TMPDIR", join(temporaryFolder(), "nowhere"));
      const run = decodeWithFfmpeg(fake, { bytes: MOOV_AT_END, name: "it" }, limits);
      expect((await rejection(run)).code).toBe("ERR_WHISPER_AUDIO_READ");
    });
  },
);

describe.skipIf(process.platform === "win32")("the search for ffmpeg", () => {
  it("never looks in the current folder", async () => {
    const folder = temporaryFolder();
    fakeFfmpeg(folder, "");
    const before = process.cwd();
    process.chdir(folder);
    try {
      for (const path of ["", ":", ".", "bin:"]) {
        vi.stubEnv("PATH", path);
        expect(await findFfmpeg()).toBeUndefined();
      }
      vi.stubEnv("PATH", `:${folder}`);
      expect(await findFfmpeg()).toBe(join(folder, "ffmpeg"));
    } finally {
      process.chdir(before);
    }
  });
});
