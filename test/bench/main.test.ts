import { execFileSync, spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { packagePath } from "../../bench/detector/package-path.js";

function bench(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const script = packagePath("build", "bench", "bench", "detector", "main.js");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

describe("npm run bench:detector", () => {
  beforeAll(() => {
    const tsc = packagePath("node_modules", "typescript", "bin", "tsc");
    const project = packagePath("bench", "detector", "tsconfig.json");
    execFileSync(process.execPath, [tsc, "-p", project]);
  });

  it("compares detectors on the public streams", () => {
    const { status, stdout } = bench("--detectors", "never,every5", "--scenarios", "c_step2.0");
    console.log(stdout);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^2 public streams, 720 jobs$/m);
    expect(stdout).toMatch(/^## every5: observe takes \d+\.\d\d us per job /m);
    expect(stdout).toMatch(/^FAIL +step in one unit: uncured/m);
    expect(stdout).toMatch(/^- +contention bursts: false/m);
    expect(stdout).toMatch(/^\| every5 \| - \| - \| - \| - \| 4 \/ 42\.9 \| - \|$/m);
  });

  it("makes fresh ones, with as many units as asked for", () => {
    const args = ["--streams", "fresh", "--scenarios", "a_stable,s_shared_creep2", "--per-stream"];
    const { stdout } = bench(...args, "--seeds", "2", "--first-seed", "40", "-k", "4");
    expect(stdout).toContain("4 fresh streams, seeds 40 to 41 of each scenario, 1680 jobs");
    expect(stdout).toMatch(/^s_shared_creep2-41 /m);
    expect(stdout).not.toContain("## reference");
  });

  it("refuses what it can't do", () => {
    const { status, stdout, stderr } = bench("--seeds", "3");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("seeds: only with --streams fresh");
    const recorded = bench("--streams", "fresh", "--detectors", "never,reference");
    expect(recorded.stderr).toContain("reference: only with --streams public");
    expect(bench("--detectors", "x").stderr).toContain(
      'There is no "x"; there are health, never, first2x',
    );
    expect(bench("--scenarios", "k2_stable").stderr).toContain("no public stream");
  });
});
