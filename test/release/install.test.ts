// Waiting for a registry that doesn't have a version yet, by the npm that is there.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { installInto } from "../../scripts/release/install.mjs";
import { registry } from "./registry.js";

let folder: string;
let project: string;
let tarball: Buffer;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "steady-whisper-registry-"));
  project = join(folder, "a project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true }');
  mkdirSync(join(folder, "package"));
  writeFileSync(
    join(folder, "package/package.json"),
    '{ "name": "late", "version": "1.0.0", "scripts": { "install": "touch compiled" } }',
  );
  execFileSync("tar", ["czf", "late.tgz", "package"], { cwd: folder });
  tarball = readFileSync(join(folder, "late.tgz"));
  vi.stubEnv("npm_config_cache", join(folder, "cache"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("a version that was published just now", () => {
  it.each([
    ["no such package", {}],
    ["an older version only", { other: "0.9.0" }],
  ])("is waited for while the registry has %s", async (_what, other) => {
    await using late = await registry(tarball, "1.0.0", { absent: 2, ...other });
    vi.stubEnv("npm_config_registry", late.url);
    await installInto(project, "late@1.0.0", { wait: true, firstPauseMs: 10 });
    expect(late.asked()).toBeGreaterThanOrEqual(3);
    const installed = readFileSync(join(project, "node_modules/late/package.json"), "utf8");
    expect(JSON.parse(installed).version).toBe("1.0.0");
  });

  it("isn't waited for where that wasn't asked for", async () => {
    await using late = await registry(tarball, "1.0.0", { absent: 100 });
    vi.stubEnv("npm_config_registry", late.url);
    await expect(installInto(project, "late@1.0.0", { wait: false })).rejects.toThrow(
      /^npm install late@1\.0\.0 failed:\n[\s\S]*E404/,
    );
    expect(late.asked()).toBe(1);
  });
});

it("what isn't the registry's delay is an error at once", async () => {
  await using broken = await registry(Buffer.from("not a tarball"), "1.0.0", { absent: 0 });
  vi.stubEnv("npm_config_registry", broken.url);
  vi.stubEnv("npm_config_fetch_retries", "0");
  await expect(
    installInto(project, "late@1.0.0", { wait: true, firstPauseMs: 10 }),
  ).rejects.toThrow(/^npm install late@1\.0\.0 failed:/);
});
