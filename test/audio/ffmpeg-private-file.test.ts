import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeWithFfmpeg } from "../../lib/audio/ffmpeg.js";
import { findFfmpeg } from "../../lib/audio/ffmpeg-find.js";
import { runInChild } from "../support/child.js";
import { until } from "../support/until.js";
import { fakeFfmpeg, isAlive, readPid, rejection, temporaryFolder, writePid } from "./fixtures.js";

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

    it.each(["process.exit()", "an uncaught exception"])("is gone after %s", async (how) => {
      const [folder, temporary] = [temporaryFolder(), temporaryFolder()];
      const fake = fakeFfmpeg(folder, `${writePid(folder)} setInterval(() => {}, 1000);`);
      const { code, reports } = await runInChild(
        async ({ lib, fs, sleep, report }, [bytes, ffmpeg, pid, temporary, how]: string[]) => {
          lib.loadAudio(Buffer.from(bytes ?? "", "latin1"), { ffmpeg }).catch(() => {});
          while (!fs.existsSync(pid ?? "")) await sleep(5);
          report(fs.readdirSync(temporary ?? "").length);
          if (how === "process.exit()") process.exit(0);
          setImmediate(() => {
            throw new Error("uncaught");
          });
        },
        {
          args: [MOOV_AT_END.toString("latin1"), fake, join(folder, "pid"), temporary, how],
          env: { TMPDIR: temporary },
        },
      );
      process.kill(readPid(folder), "SIGKILL");
      expect({ code, reports }).toEqual({ code: how === "process.exit()" ? 0 : 1, reports: [1] });
      expect(readdirSync(temporary)).toEqual([]);
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
