import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isSupportedNode, OLDEST_NODE } from "../../lib/supported-node.js";
import { PackageCopy, root, section } from "./package-copy.js";

const run = promisify(execFile);

it("the oldest Node is what package.json says", () => {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(engines.node).toBe(`>=${OLDEST_NODE}`);
  for (const version of ["20.19.0", "20.20.2", "22.0.0", "26.1.0"]) {
    expect(isSupportedNode(version)).toBe(true);
  }
  for (const version of ["20.18.3", "20.9.0", "18.20.8", "9.9.9"]) {
    expect(isSupportedNode(version)).toBe(false);
  }
});

// Nodes of those versions, as the npm registry has them for this system.
const packageOf = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

describe.each([
  // The last that lacks what the package's dependencies need, one that is nearly new enough, and one of long ago.
  { version: "18.20.8", reads: true },
  { version: "20.10.0", reads: true },
  { version: "14.21.3", reads: false },
])("on Node $version", ({ version, reads }) => {
  let folder: string;
  let node: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "steady-whisper-node-"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    const args = [
      "install",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      `${packageOf}@${version}`,
    ];
    await run("npm", args, { cwd: folder });
    node = join(folder, "node_modules", packageOf, "bin", "node");
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("doctor says that it is too old, and what to do", async () => {
    const copy = new PackageCopy();
    const { code, text, stderr } = await copy.doctor([], { node });
    expect(code).toBe(1);
    const said = (reads ? text : stderr).replaceAll(/\s+/g, " ");
    expect(said).toContain(version);
    expect(said).toContain("20.19 or newer");
    expect(said).toContain("`nvm install 24`");
    if (!reads) return;
    expect(stderr).toBe("");
    expect(section(text, "Platform")).toMatch(/^ {2}problem {2}Node {2,}/m);
    expect(section(text, "Platform")).toContain(process.arch);
    expect(text).not.toContain("Addon\n");
    const { healthy, findings } = await copy.doctorJson([], { node });
    expect(healthy).toBe(false);
    expect(findings.filter(({ level }) => level === "problem")).toHaveLength(1);
  });

  it("every other command says so in one line, instead of a syntax error", () => {
    const copy = new PackageCopy();
    const main = copy.path("dist", "cli", "main.js");
    for (const args of [["transcribe", "a.wav"], []]) {
      const { status, stdout, stderr } = spawnSync(node, [main, ...args], { encoding: "utf8" });
      console.log(stderr);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toBe(
        `steady-whisper: needs Node 20.19 or newer; this is ${version} (${node}). ` +
          "Install a newer Node: `nvm install 24`, or from https://nodejs.org/en/download.\n",
      );
    }
  });
});
