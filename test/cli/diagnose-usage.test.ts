import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run, temporaryFolder } from "./cli.js";
import { JOURNAL_LINE } from "./diagnose-doubles.js";

describe("a wrong command line is exit code 2, with the reason on stderr, and nothing is done", () => {
  it.each<[string[], RegExp]>([
    [["call.wav"], /too many arguments/],
    [["--no-such-option"], /unknown option/],
    [["--audio"], /argument missing/],
    [["--blocks", "many"], /integer/],
    [["--blocks", "3"], /blocks must be.*received 3/],
    [["--max-blocks", "11"], /maxBlocks must be.*received 11/],
    [["--blocks", "8", "--max-blocks", "20"], /leave --max-blocks out/],
    [["--time-limit", "soon"], /number/],
    [["--time-limit", "0"], /timeLimitMinutes must be.*received 0/],
    [["--seed", "-1"], /seed must be.*received -1/],
    [["--threads", "0"], /threads must be.*received 0/],
    [["--beam-size", "9"], /beamSize must be.*received 9/],
    [["--language", "xx"], /language must be.*received "xx"/],
    [["--backend", "abacus"], /backend must be.*"abacus"/],
    [["--report", "report.docx"], /report\.docx.*must end with \.html, \.md, \.json or \.txt/],
    [["--report", "report"], /must end with/],
    [["--report", "a.md", "--report", "./a.md"], /in use for something else/],
    [["--report", "a.json", "--journal", "a.json"], /in use for something else/],
    [["--resume"], /no journal "steady-whisper-diagnosis\.jsonl" to go on with/],
    [["--resume", "--fresh"], /not both/],
    [["--journal", "."], /"\." is something else/],
    [["--from-log", "a.json", "--report", "a.json"], /in use for something else/],
    [["--from-log", "a.log", "--report", "a.docx"], /must end with/],
    [["--from-log", "a.log", "--blocks", "8"], /--blocks is of measurements/],
    [["--from-log", "a.log", "--model", "base.en"], /--model is of measurements/],
    [["--from-log", "a.log", "--no-fallback"], /--no-fallback is of measurements/],
    [["--from-log", "a.log", "--resume"], /--resume is of measurements/],
  ])("%j", async (args, reason) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await run(["diagnose", ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("an earlier run's journal, which stays", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "steady-whisper-diagnosis.jsonl"), JOURNAL_LINE);
    const { code, stdout, stderr } = await run(["diagnose", "--blocks", "4"], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/--resume goes on, --fresh begins anew/);
    const wrong = await run(["diagnose", "--fresh", "--blocks", "3"], { cwd });
    expect(wrong.code).toBe(2);
    expect(readdirSync(cwd)).toEqual(["steady-whisper-diagnosis.jsonl"]);
  });
});

it("--help tells of each group of options, with examples and exit codes", async () => {
  const { code, stdout, stderr } = await run(["diagnose", "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const groups = ["What is measured:", "How long:", "Journal:", "An existing log instead:"];
  for (const heading of [...groups, "Results:", "How to transcribe:", "Hypotheses:", "Examples:"]) {
    expect(stdout).toContain(`\n${heading}\n`);
  }
  expect(stdout).toMatch(/Exit code 0: judged/);
});

describe("what can't be used is exit code 1 with one line", () => {
  it.each<[string[], string]>([
    [["--model", join("no", "such", "model.bin")], "ERR_WHISPER_MODEL_NOT_FOUND"],
    [["--model", "no-such-name"], "ERR_WHISPER_MODEL_UNKNOWN"],
    [["--audio", "none.wav"], "ERR_WHISPER_AUDIO_NOT_FOUND"],
  ])("%j", async (args, expected) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await run(["diagnose", "--quiet", ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^steady-whisper: [^\n]*\\[${expected}\\]\n$`));
    expect(readdirSync(cwd)).toEqual([]);
  });
});
