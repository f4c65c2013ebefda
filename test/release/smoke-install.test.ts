// The last step of a release, on a packed tarball.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packed } from "../package/packed.js";
import { reference } from "../support/micro.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const _addon = process.env.STEADY_WHISPER_ADDON ?? join(root, "build/Release/steady_whisper.node");

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "steady-whisper-smoke-"));
  ({ tarball } = await packed());
}, 3_600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function smokeInstall(args: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(root, "scripts/smoke-install.mjs"), ...args], {
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder, ...env },
  });
}

const left = () => readdirSync(folder).filter((name) => name.startsWith("steady whisper"));

describe("smoke-install", () => {
  it("installs a tarball, transcribes with its command, and leaves nothing", () => {
    const { status, stdout, stderr } = smokeInstall([tarball]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(`"${reference("en-08.wav").text}"`);
    expect(left()).toEqual([]);
  }, 300_000);

  it("fails where the addon can't be loaded, with what the command says, and leaves nothing", () => {
    const missing = join(folder, "nowhere.node");
    const { status, stderr } = smokeInstall([tarball], { STEADY_WHISPER_ADDON: missing });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^steady-whisper transcribe en-08\.wav: exit code 1$/m);
    expect(stderr).toContain(missing);
    expect(left()).toEqual([]);
  }, 300_000);

  it("refuses what is no package of this name", () => {
    const { status, stderr } = smokeInstall(["smart-whisper@0.8.1"]);
    expect(status).toBe(1);
    expect(stderr).toBe("smart-whisper@0.8.1: no such file, and not steady-whisper@<version>\n");
    expect(existsSync(tarball)).toBe(true);
  });
});
