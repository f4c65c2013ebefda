import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fakeFfmpeg, isAlive } from "../audio/fixtures.js";
import { until } from "../support/until.js";
import { longWav, run, start, temporaryFolder, testAudio } from "./cli.js";

const SHORT = testAudio("en-00.wav");

describe.skipIf(process.platform === "win32")("SIGINT", () => {
  it("ends a job: exit code 130, whole lines on stdout, no complaint", async () => {
    const running = start(["transcribe", "-"], { stdin: "pipe" });
    running.child.stdin?.on("error", () => {});
    running.child.stdin?.end(longWav());
    await until(() => running.stdout().includes("\n"));
    running.child.kill("SIGINT");
    const { code, signal, stdout, stderr } = await running.outcome;
    expect({ code, signal, stderr }).toEqual({ code: 130, signal: null, stderr: "" });
    expect(stdout.endsWith("\n")).toBe(true);
  });

  it("ends the reading of stdin", async () => {
    const temporary = temporaryFolder();
    const running = start(["transcribe", SHORT, "-"], {
      stdin: "pipe",
      env: { TMPDIR: temporary },
    });
    await until(() => running.stdout().includes("\n"));
    running.child.stdin?.write("RIFF");
    running.child.kill("SIGINT");
    expect(await running.outcome).toMatchObject({ code: 130, stderr: "" });
  });

  it("leaves no half-written output", async () => {
    const folder = temporaryFolder();
    const running = start(["transcribe", SHORT, "-", "-o", folder], { stdin: "pipe" });
    running.child.stdin?.on("error", () => {});
    running.child.stdin?.end(longWav());
    await until(() => existsSync(join(folder, "en-00.txt")));
    running.child.kill("SIGINT");
    expect(await running.outcome).toMatchObject({ code: 130, stdout: "", stderr: "" });
    expect(readdirSync(folder)).toEqual(["en-00.txt"]);
  });

  it("kills ffmpeg and removes its private file", async () => {
    const [folder, temporary] = [temporaryFolder(), temporaryFolder()];
    const pidFile = join(folder, "pid");
    const fake = fakeFfmpeg(
      folder,
      `const fs = require("fs"), at = ${JSON.stringify(pidFile)};
       fs.writeFileSync(at + ".new", String(process.pid)); fs.renameSync(at + ".new", at);
       setInterval(() => {}, 1000);`,
    );
    const running = start(["transcribe", "--ffmpeg", fake, "-"], {
      stdin: "pipe",
      env: { TMPDIR: temporary },
    });
    running.child.stdin?.end(Buffer.from("\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x08mdat", "latin1"));
    await until(() => existsSync(pidFile));
    expect(readdirSync(temporary)).toHaveLength(1);
    running.child.kill("SIGINT");
    expect(await running.outcome).toMatchObject({ code: 130, stdout: "", stderr: "" });
    expect(readdirSync(temporary)).toEqual([]);
    expect(isAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
  });
});

describe.skipIf(process.platform === "win32")("SIGTERM", () => {
  it("is exit code 143", async () => {
    const running = start(["transcribe", SHORT, "-"], { stdin: "pipe" });
    await until(() => running.stdout().includes("\n"));
    running.child.kill("SIGTERM");
    expect(await running.outcome).toMatchObject({ code: 143, stderr: "" });
  });
});

describe("the same run without a signal", () => {
  it("ends by itself, so that nothing keeps the process alive", async () => {
    const { code, signal } = await run(["transcribe", SHORT]);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
  });
});
