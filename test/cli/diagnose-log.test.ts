import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run, start, temporaryFolder } from "./cli.js";

const ORIGINAL = fileURLToPath(new URL("../fixtures/logs/two-jobs.log", import.meta.url));

describe("diagnose --from-log", () => {
  it("judges the original two jobs: no evidence, and why", async () => {
    const folder = temporaryFolder();
    const reports = ["r.html", "r.md", "r.json"].map((name) => join(folder, name));
    const args = reports.flatMap((report) => ["--report", report]);
    const { code, stdout, stderr } = await run(["diagnose", "--from-log", ORIGINAL, ...args]);
    console.log(stdout);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/no evidence/i);
    expect(stdout).toMatch(/2\.66 s/);
    expect(stdout).toMatch(/1\.51 s/);
    expect(stdout.endsWith("\n")).toBe(true);
    const [html, markdown, json] = reports.map((report) => readFileSync(report, "utf8"));
    expect(html).toMatch(/^<!doctype html>/i);
    expect(markdown).toMatch(/^# /);
    expect(JSON.parse(json ?? "")).toMatchObject({ kind: "log", jobs: { found: 2 } });
  });

  it("reads standard input, and answers in JSON", async () => {
    const input = readFileSync(ORIGINAL);
    const args = ["diagnose", "--from-log", "-", "--json"];
    const { code, stdout, stderr } = await run(args, { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ source: "standard input", jobs: { found: 2 } });
  });

  it("has an answer to a log without jobs, and to an empty one", async () => {
    for (const [input, answer] of [
      ["", /^The log is empty/],
      ["nothing\nof a job\n", /^No job was found in 2 lines/],
    ] as const) {
      const { code, stdout, stderr } = await run(["diagnose", "--from-log", "-"], {
        input: Buffer.from(input),
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(answer);
    }
  });

  it.each<[string]>([["none.log"], ["."]])("fails with one line for %s", async (log) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await run(["diagnose", "--from-log", log], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^steady-whisper: [^\n]*\[ERR_WHISPER_\w+\]\n$/);
  });

  it.skipIf(process.platform === "win32")("ends at Ctrl-C while it waits for a log", async () => {
    const running = start(["diagnose", "--from-log", "-"], { stdin: "pipe" });
    running.child.stdin?.on("error", () => {});
    // A pipe takes this much only if somebody reads: then the signal finds a listener.
    await new Promise((resolve) => {
      running.child.stdin?.write(Buffer.alloc(2 ** 20, "line\n"), resolve);
    });
    running.child.kill("SIGINT");
    expect(await running.outcome).toMatchObject({ code: 130, stdout: "", stderr: "" });
  });
});
