import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeWithFfmpeg } from "../../lib/audio/ffmpeg.js";
import { until } from "../support/until.js";
import { fakeFfmpeg, isAlive, readPid, rejection, temporaryFolder, writePid } from "./fixtures.js";

// What the child process sees and how it ends, with programs of our own in ffmpeg's place.
const limits = { maxDurationMs: 60_000, idleTimeoutMs: 30_000 };

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(process.platform === "win32")("the child", () => {
  it("gets an argument list, no input, and an environment without secrets", async () => {
    const folder = temporaryFolder();
    vi.stubEnv("SECRET_TOKEN", "hunter2");
    vi.stubEnv("FFREPORT", "file=/tmp/report");
    const fake = fakeFfmpeg(
      folder,
      `require("fs").writeFileSync(${JSON.stringify(join(folder, "seen"))},
         JSON.stringify({ args: process.argv.slice(2), env: Object.keys(process.env) }));
       process.stdout.write(Buffer.from(new Float32Array([0.5, -0.25]).buffer));`,
    );
    const samples = await decodeWithFfmpeg(fake, { path: "/a b/-c", name: "it" }, limits);
    expect([...samples]).toEqual([0.5, -0.25]);
    const { args, env } = JSON.parse(readFileSync(join(folder, "seen"), "utf8"));
    expect(args).toContain("-nostdin");
    expect(args[args.indexOf("-protocol_whitelist") + 1]).toBe("file,pipe");
    expect(args[args.indexOf("-i") + 1]).toBe("file:/a b/-c");
    expect(args.at(-1)).toBe("pipe:1");
    expect(env).toContain("PATH");
    expect(env).not.toContain("SECRET_TOKEN");
    expect(env).not.toContain("FFREPORT");
  });

  it("is dead and reaped when an abort has rejected", async () => {
    const folder = temporaryFolder();
    const fake = fakeFfmpeg(folder, `${writePid(folder)} setInterval(() => {}, 1000);`);
    const controller = new AbortController();
    const run = decodeWithFfmpeg(
      fake,
      { path: "x", name: "it" },
      { ...limits, signal: controller.signal },
    );
    const rejected = rejection(run);
    await until(() => existsSync(join(folder, "pid")));
    expect(isAlive(readPid(folder))).toBe(true);
    controller.abort(new Error("enough"));
    expect(await rejected).toMatchObject({
      name: "AbortError",
      code: "ERR_WHISPER_ABORTED",
      cause: controller.signal.reason,
    });
    expect(isAlive(readPid(folder))).toBe(false);
  });

  it("is killed when it outputs more than the longest duration", async () => {
    const folder = temporaryFolder();
    const fake = fakeFfmpeg(
      folder,
      `${writePid(folder)}
       const more = () => { while (process.stdout.write(Buffer.alloc(65536))); };
       process.stdout.on("drain", more); more();`,
    );
    const run = decodeWithFfmpeg(
      fake,
      { path: "x", name: "it" },
      { ...limits, maxDurationMs: 1000 },
    );
    expect((await rejection(run)).code).toBe("ERR_WHISPER_AUDIO_TOO_LONG");
    expect(isAlive(readPid(folder))).toBe(false);
  });

  it("is killed when it falls silent, and only then", async () => {
    const folder = temporaryFolder();
    const fake = fakeFfmpeg(
      folder,
      `${writePid(folder)}
       let left = 5;
       const timer = setInterval(() => {
         if (left-- > 0) process.stdout.write(Buffer.alloc(4));
         else process.stderr.write("silent now ");
       }, 500);`,
    );
    const run = decodeWithFfmpeg(
      fake,
      { path: "x", name: "it" },
      { ...limits, idleTimeoutMs: 2000 },
    );
    const { code, message } = await rejection(run);
    expect(code).toBe("ERR_WHISPER_AUDIO_READ");
    expect(message).toMatch(/2000 ms.*silent now/);
    expect(isAlive(readPid(folder))).toBe(false);
  });

  it("doesn't hold the job when a wrapper's own child keeps the pipes open", async () => {
    const folder = temporaryFolder();
    const fake = fakeFfmpeg(
      folder,
      `const sleeper = require("child_process").spawn(process.execPath,
         ["-e", "setTimeout(() => {}, 600000)"], { stdio: "inherit" });
       ${writePid(folder, "sleeper.pid")}`,
    );
    const controller = new AbortController();
    const run = decodeWithFfmpeg(
      fake,
      { path: "x", name: "it" },
      { ...limits, signal: controller.signal },
    );
    const rejected = rejection(run);
    await until(() => existsSync(join(folder, "pid")));
    try {
      controller.abort();
      expect((await rejected).code).toBe("ERR_WHISPER_ABORTED");
    } finally {
      process.kill(readPid(folder), "SIGKILL");
    }
  });

  it("may end before it has read all of its input", async () => {
    const fake = fakeFfmpeg(
      temporaryFolder(),
      `process.stdout.write(Buffer.alloc(8), () => process.exit(0));`,
    );
    const bytes = Buffer.alloc(8 * 2 ** 20, "x");
    expect(await decodeWithFfmpeg(fake, { bytes, name: "it" }, limits)).toHaveLength(2);
  });

  it("has its last words in the message, without control characters", async () => {
    const fake = fakeFfmpeg(
      temporaryFolder(),
      `process.stderr.write("x".repeat(100000) + "\\u001b[31mthe end\\n", () => process.exit(3));`,
    );
    const { code, message } = await rejection(
      decodeWithFfmpeg(fake, { path: "x", name: "it" }, limits),
    );
    expect(code).toBe("ERR_WHISPER_AUDIO_INVALID");
    expect(message).toMatch(/exit code 3/);
    expect(message).toMatch(/the end$/);
    expect(message).not.toContain("\u001b");
    expect(message.length).toBeLessThan(3000);
  });

  it.each([
    ["it exits with nothing said", "process.exit(0);", /found no sound/],
    ["it gives less than a sample", "process.stdout.write('abc');", /found no sound/],
    ["a signal ends it", "process.kill(process.pid, 'SIGSEGV');", /SIGSEGV/],
  ])("is a failed decode when %s", async (_, body, message) => {
    const fake = fakeFfmpeg(temporaryFolder(), body);
    const rejected = await rejection(decodeWithFfmpeg(fake, { path: "x", name: "it" }, limits));
    expect(rejected.code).toBe("ERR_WHISPER_AUDIO_INVALID");
    expect(rejected.message).toMatch(message);
  });
});
