// The linter of .github/workflows finds what is wrong: each row plants one mistake in a copy.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workflowProblems } from "../../scripts/lint-workflows/problems.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const own = join(root, ".github/workflows");

describe("the workflows", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "steady-whisper-workflows-"));
    cpSync(own, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("have no problem, and the command says so", () => {
    const command = join(root, "scripts/lint-workflows.mjs");
    const { status, stderr, stdout } = spawnSync(process.execPath, [command], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toMatch(/^lint-workflows: \d+ workflows, no problem$/m);
  });

  it("of a folder without any: the command fails", () => {
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    const command = join(root, "scripts/lint-workflows.mjs");
    const { status, stderr } = spawnSync(process.execPath, [command, folder], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain(`no workflow in ${folder}`);
  });

  it.each<[mistake: string, file: string, correct: string | RegExp, wrong: string, said: RegExp]>([
    [
      "a job that needs one that isn't there",
      "ci.yml",
      "needs: addon",
      "needs: adon",
      /^ci\.yml:\d+: job "tests" needs job "adon" which does not exist/m,
    ],
    [
      "a misspelt input of a pinned action",
      "ci.yml",
      "node-version: 24",
      "node-versoin: 24",
      /^ci\.yml:\d+: input "node-versoin" is not defined in action "actions\/setup-node@v4"/m,
    ],
    [
      "a misspelt expression",
      "prebuilds.yml",
      "matrix.runner }}",
      "matrix.runer }}",
      /^prebuilds\.yml:\d+: property "runer" is not defined in object type/m,
    ],
    [
      "a runner that there isn't",
      "prebuilds.yml",
      "runner: macos-15-intel",
      "runner: macos-15-intell",
      /^prebuilds\.yml:\d+: label "macos-15-intell" is unknown/m,
    ],
    [
      "an action by its tag",
      "release.yml",
      /actions\/checkout@\S+ # v6\.0\.2/,
      "actions/checkout@v6",
      /^release\.yml:\d+: write actions\/checkout@[0-9a-f]{40} # v6\.0\.2$/m,
    ],
    [
      "an action of somebody else",
      "ci.yml",
      /actions\/cache@\S+ # \S+/,
      "somebody/cache@v1",
      /^ci\.yml:\d+: somebody\/cache is not in scripts\/lint-workflows\/actions\.mjs$/m,
    ],
    [
      "text that isn't YAML",
      "ci.yml",
      "jobs:",
      "jobs: [",
      /^ci\.yml:\d+: could not parse as YAML/m,
    ],
    [
      "a program in a workflow",
      "release.yml",
      "run: npm run check:release",
      "run: npm run check:release && npm publish",
      /^release\.yml: job publish: "npm run check:release && npm publish" is not one npm script/m,
    ],
    [
      "a script that there isn't, of a matrix",
      "ci.yml",
      '"test:tsan:addon"]',
      '"test:msan"]',
      /^ci\.yml: job sanitizers: package\.json has no script "test:msan"$/m,
    ],
    [
      "a job without a limit",
      "release.yml",
      "    timeout-minutes: 20\n",
      "",
      /^release\.yml: job publish: no timeout-minutes/m,
    ],
    [
      "permissions by default",
      "prebuilds.yml",
      "permissions:\n  contents: read\n",
      "",
      /^prebuilds\.yml: no permissions for the whole workflow/m,
    ],
    [
      "a workflow that there isn't",
      "release.yml",
      "workflows/prebuilds.yml",
      "workflows/prebuild.yml",
      /^release\.yml: job prebuilds: no \.\/\.github\/workflows\/prebuild\.yml$/m,
    ],
    [
      "a version of Node that isn't tested",
      "ci.yml",
      "[20, 22, 24, 26]",
      "[20, 22, 24]",
      /^ci\.yml: nodes of the job tests: \[20,22,24\]; scripts\/platforms\.mjs has \[20,22,24,26\]$/m,
    ],
    [
      "a platform without a prebuild",
      "prebuilds.yml",
      "          - { target: darwin-x64, runner: macos-15-intel }\n",
      "",
      /^prebuilds\.yml: targets of the job build: .*win32-x64/m,
    ],
    [
      "a prebuild that isn't tried out",
      "prebuilds.yml",
      "          - linux-arm64-musl\n",
      "",
      /^prebuilds\.yml: targets of the job smoke: /m,
    ],
  ])("%s is found", async (_mistake, file, correct, wrong, said) => {
    const text = readFileSync(join(folder, file), "utf8");
    const broken = text.replace(correct, wrong.replaceAll("$", "$$$$"));
    expect(broken).not.toBe(text);
    writeFileSync(join(folder, file), broken);
    expect((await workflowProblems(folder)).problems.join("\n")).toMatch(said);
    // The mistake, and nothing else, is why.
    expect((await workflowProblems(own)).problems.join("\n")).not.toMatch(said);
  });
});
