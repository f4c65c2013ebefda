import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { commandLine, run, testAudio } from "./cli.js";
import { screen } from "./screen.js";

// util-linux's script runs a command under a terminal of its own and passes on what the terminal receives.
const hasScript =
  process.platform === "linux" &&
  spawnSync("script", ["-qec", "true", "/dev/null"], { stdio: "ignore" }).status === 0;

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
const BAR = /\[[=-]{30}\]\s+\d+%/;

function inTerminal(args: string[], redirect = ""): { status: number | null; output: string } {
  const line = `${commandLine(args).map(quote).join(" ")} ${redirect}`;
  const { status, stdout } = spawnSync("script", ["-qec", line, "/dev/null"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { status, output: stdout };
}

describe.skipIf(!hasScript)("in a terminal", () => {
  const files = ["en-digits.wav", "long-75s.wav"].map(testAudio);

  it("shows a bar, and leaves nothing but the text on the screen", async () => {
    const { status, output } = inTerminal(["transcribe", ...files]);
    expect(status).toBe(0);
    expect(output).toMatch(BAR);
    expect(output).toMatch(/en-digits\.wav \[/);
    const { stdout } = await run(["transcribe", ...files]);
    const left = screen(output).filter((line) => line !== "");
    expect(left).toEqual(stdout.trimEnd().split("\n"));
  });

  it("shows the bar on stderr only: stdout in a file gets the text alone", async () => {
    const { output } = inTerminal(["transcribe", ...files], "> /dev/null");
    expect(output).toMatch(BAR);
    expect(screen(output).filter((line) => line !== "")).toEqual([]);
  });

  it("shows no bar when stderr is no terminal, or with --quiet", async () => {
    const { stdout } = await run(["transcribe", ...files]);
    for (const { output } of [
      inTerminal(["transcribe", ...files], "2> /dev/null"),
      inTerminal(["transcribe", "--quiet", ...files]),
    ]) {
      expect(output.replaceAll("\r\n", "\n")).toBe(stdout);
    }
  });

  it("shows a failure on a line of its own", () => {
    const { status, output } = inTerminal(["transcribe", "none.wav", ...files]);
    expect(status).toBe(1);
    const failures = screen(output).filter((line) => line.includes("none.wav"));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^steady-whisper: none\.wav: .*\]$/);
  });

  it("refuses to read audio from the keyboard", () => {
    const { status, output } = inTerminal(["transcribe", "-"]);
    expect(status).toBe(2);
    expect(output).toMatch(/is a terminal/);
  });

  it("refuses to read a log from the keyboard", () => {
    const { status, output } = inTerminal(["diagnose", "--from-log", "-"]);
    expect(status).toBe(2);
    expect(output).toMatch(/is a terminal/);
  });
});
