import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, temporaryFolder, testAudio } from "./cli.js";

// Relative to the folder that `run()` gets here, so that the tests' names hold no path of this machine.
const DIGITS = "en-digits.wav";
const cwd = dirname(testAudio(DIGITS));

describe("a wrong command line is exit code 2, with the reason on stderr and nothing on stdout", () => {
  it.each<[string[], RegExp]>([
    [[], /Usage: steady-whisper/],
    [["no-such-command"], /unknown command/],
    [["transcribe"], /missing required argument/],
    [["transcribe", "--no-such-option", DIGITS], /unknown option/],
    [["transcribe", "--format", "docx", DIGITS], /docx.*txt, srt, vtt, json, lrc/s],
    [["transcribe", "--threads", "two", DIGITS], /integer/],
    [["transcribe", "--threads", "0x2", DIGITS], /integer/],
    [["transcribe", "--threads", "0", DIGITS], /threads must be.*received 0/],
    [["transcribe", "--beam-size", "9", DIGITS], /beamSize must be.*received 9/],
    [["transcribe", "--temperature", "hot", DIGITS], /number/],
    [["transcribe", "--temperature", "1.5", DIGITS], /temperature must be.*received 1\.5/],
    [["transcribe", "--language", "xx", DIGITS], /language must be.*received "xx"/],
    [["transcribe", "--backend", "abacus", DIGITS], /backend must be.*"abacus"/],
    [["transcribe", "--max-duration-ms", "0", DIGITS], /maxDurationMs must be.*received 0/],
    [["transcribe", "--format", "srt", "--no-timestamps", DIGITS], /no-timestamps/],
    [["transcribe", "--word-timestamps", "--max-length", "20", DIGITS], /leave --max-length out/],
    [["transcribe", "--max-length", "0", "--word-timestamps", DIGITS], /leave --max-length out/],
    [["transcribe", "--format", "vtt", DIGITS, "en-00.wav"], /--output/],
    [["transcribe", "-", "-"], /only once/],
  ])("%j", async (args, reason) => {
    const { code, stdout, stderr } = await run(args, { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("two inputs for one output", async () => {
    const folder = temporaryFolder();
    const files = [DIGITS, "en-digits.flac"];
    const { code, stderr } = await run(["transcribe", ...files, "-o", folder], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/both be written to .*en-digits\.txt/);
  });

  it("an output that is an input", async () => {
    const { code, stderr } = await run(["transcribe", "a.txt", "-o", "."], {
      cwd: temporaryFolder(),
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\.txt" would be overwritten/);
  });
});

describe("questions about the program", () => {
  it.each([["--help"], ["transcribe", "--help"], ["help", "transcribe"]])("%s", async (...args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: steady-whisper/);
  });

  it("--version is the package's", async () => {
    const { version } = JSON.parse(
      readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
    );
    const { code, stdout } = await run(["--version"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
  });
});

describe("a model that can't be used is exit code 1 with one line", () => {
  it.each([
    [join("no", "such", "model.bin"), "ERR_WHISPER_MODEL_NOT_FOUND"],
    ["no-such-name", "ERR_WHISPER_MODEL_UNKNOWN"],
    [DIGITS, "ERR_WHISPER_MODEL_INVALID"],
  ])("%s", async (model, expected) => {
    const { code, stdout, stderr } = await run(["transcribe", "--model", model, DIGITS], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^steady-whisper: [^\n]*\\[${expected}\\]\n$`));
  });
});
