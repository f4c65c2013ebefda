import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { until } from "../support/until.js";
import { commandLine, longWav, start, testAudio } from "./cli.js";

// Relative to the folder that programs start in here, so that the tests' names hold no path of this machine.
const SHORT = "en-00.wav";
const LOG = "../../../test/fixtures/logs/two-jobs.log";
const cwd = dirname(testAudio(SHORT));

describe("a reader of stdout that leaves", () => {
  it("ends the work quietly", async () => {
    const running = start(["transcribe", "-"], { stdin: "pipe" });
    running.child.stdin?.on("error", () => {});
    running.child.stdin?.end(longWav());
    await until(() => running.stdout().includes("\n"));
    running.child.stdout?.destroy();
    expect(await running.outcome).toMatchObject({ code: 0, signal: null, stderr: "" });
  });

  it("doesn't undo a failure that was before", async () => {
    const running = start(["transcribe", "none.wav", "-"], { stdin: "pipe" });
    running.child.stdin?.on("error", () => {});
    running.child.stdin?.end(longWav());
    await until(() => running.stdout().includes("\n"));
    running.child.stdout?.destroy();
    const { code, stderr } = await running.outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^steady-whisper: none\.wav: [^\n]*\n$/);
  });

  it("doesn't matter to --help, --version and the list of models", async () => {
    for (const args of [["--help"], ["--version"], ["models", "list"]]) {
      const running = start(args);
      running.child.stdout?.destroy();
      expect(await running.outcome).toMatchObject({ code: 0, stderr: "" });
    }
  });
});

/** Command lines that have something to say on stderr, and their exit codes. */
const COMPLAINTS: [number, string[]][] = [
  [2, ["models", "path", "nope"]],
  [1, ["models", "path", "base.en", "--cache-dir", "no-such-folder"]],
  [2, ["transcribe", "--no-such-option", SHORT]],
  [2, ["transcribe", "--threads", "0", SHORT]],
  [1, ["transcribe", "none.wav", SHORT]],
  [1, ["transcribe", "--model", "nope", SHORT]],
  [0, ["transcribe", "--verbose", SHORT]],
  [2, ["diagnose", "--blocks", "3"]],
  [1, ["diagnose", "--from-log", "none.log"]],
];

describe("a reader of stderr that leaves changes no exit code", () => {
  it.each(COMPLAINTS)("%i: %j", async (expected, args) => {
    const running = start(args, { cwd });
    running.child.stderr?.destroy();
    expect(await running.outcome).toMatchObject({ code: expected, signal: null });
  });
});

describe.skipIf(!existsSync("/dev/full"))("a full disk", () => {
  const redirected = (args: string[], redirection: string) =>
    spawnSync("sh", ["-c", `"$0" "$@" ${redirection}`, ...commandLine(args)], {
      cwd,
      encoding: "utf8",
    });

  it.each(COMPLAINTS)("behind stderr: exit code %i all the same: %j", (expected, args) => {
    expect(redirected(args, "2> /dev/full").status).toBe(expected);
  });

  it.each([
    [["transcribe", SHORT]],
    [["diagnose", "--from-log", LOG]],
    [["models", "list"]],
    [["--help"]],
  ])("behind stdout is a failure that is reported: %j", (args) => {
    const { status, stderr } = redirected(args, "> /dev/full");
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^steady-whisper: the result could not be written: [^\n]*ENOSPC[^\n]* \[ENOSPC\]\n$/,
    );
  });
});
