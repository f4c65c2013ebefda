import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../../lib/diagnose/diagnosis.js";
import { until } from "../support/until.js";
import { run, start, temporaryFolder } from "./cli.js";

const JOURNAL = "steady-whisper-diagnosis.jsonl";

/** Some 20 s on a machine that has nothing else to do. */
const LONG_MS = 240_000;

const diagnosisIn = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Diagnosis;

describe("diagnose measures, with the embedded model and samples", { timeout: LONG_MS }, () => {
  it("a few blocks, which settle nothing: reports, exit code 0, and a journal to go on with", async () => {
    const cwd = temporaryFolder();
    const args = ["--blocks", "4", "-t", "1", "--seed", "1"];
    const reports = ["--report", "r.html", "--report", "r.json"];
    const { code, stdout, stderr } = await run(["diagnose", ...args, ...reports], { cwd });
    console.log(stdout, stderr);
    expect(code).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(["r.html", "r.json", JOURNAL]);
    const diagnosis = diagnosisIn(join(cwd, "r.json"));
    expect(diagnosis).toMatchObject({ kind: "experiment", blocks: 4, stopped: "blocks" });
    expect(diagnosis.settings).toMatchObject({ threads: 1, seed: 1 });
    for (const { id } of diagnosis.hypotheses) expect(stdout).toContain(id);
    expect(stderr).toMatch(/^Preparing: [^\n]*\nAbout \d+ (s|min) left, to block 4\.\n/);
    expect(stderr).toMatch(/--resume goes on with it\.\n$/);
  });

  it.skipIf(process.platform === "win32")(
    "until Ctrl-C: the report so far, exit code 130; --resume goes on to the end",
    async () => {
      const cwd = temporaryFolder();
      const report = join(cwd, "r.json");
      const args = ["diagnose", "--blocks", "5", "-t", "1", "--seed", "2", "--report", "r.json"];
      const running = start(args, { cwd });
      const journal = join(cwd, JOURNAL);
      const blocksDone = () =>
        existsSync(journal) ? readFileSync(journal, "utf8").split("\n").length - 2 : 0;
      await until(() => blocksDone() >= 1, LONG_MS / 2);
      running.child.kill("SIGINT");
      // npx passes on the signal that the terminal has sent as well.
      running.child.kill("SIGINT");
      const first = await running.outcome;
      expect({ code: first.code, signal: first.signal }).toEqual({ code: 130, signal: null });
      expect(first.stdout).toContain("H1");
      expect(first.stderr).toMatch(/Ending after the job under way/);
      expect(first.stderr).toMatch(/--resume goes on with it\.\n$/);
      const before = diagnosisIn(report);
      expect(before.stopped).toBe("interrupted");
      expect(before.measurements.length).toBeGreaterThan(0);

      const second = await run([...args, "--resume", "--quiet"], { cwd });
      expect({ code: second.code, stderr: second.stderr }).toEqual({ code: 0, stderr: "" });
      const after = diagnosisIn(report);
      expect(after).toMatchObject({ blocks: 5, stopped: "blocks" });
      expect(new Set(after.measurements.map(({ session }) => session))).toEqual(new Set([0, 1]));
      // What whole blocks had measured is the same.
      const whole = before.measurements.filter(({ block }) => block < before.blocks);
      expect(after.measurements.slice(0, whole.length)).toEqual(whole);
      expect(blocksDone()).toBe(5);
    },
  );
});
