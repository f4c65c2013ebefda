// What keeps a checkout from being published.

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { platformOf } from "../../scripts/release/binary-format.mjs";
import { releaseProblems } from "../../scripts/release/problems.mjs";

/** The first bytes of a library for a platform: all that is looked at. */
function head(platform: string, arch: string): Buffer {
  const bytes = Buffer.alloc(1024);
  if (platform === "linux") {
    bytes.writeUInt32BE(0x7f454c46, 0);
    bytes.writeUInt16LE(arch === "x64" ? 62 : 183, 18);
  } else if (platform === "darwin") {
    bytes.writeUInt32LE(0xfeedfacf, 0);
    bytes.writeUInt32LE(arch === "x64" ? 0x01000007 : 0x0100000c, 4);
  } else {
    bytes.write("MZ");
    bytes.writeUInt32LE(0x80, 60);
    bytes.write("PE\0\0", 0x80);
    bytes.writeUInt16LE(arch === "x64" ? 0x8664 : 0xaa64, 0x84);
  }
  return bytes;
}

const FILES: [file: string, platform: string, arch: string][] = [
  ...["x64", "arm64"].flatMap((arch) =>
    ["glibc", "musl"].flatMap((libc): [string, string, string][] => [
      [`linux-${arch}/steady-whisper.${libc}.node`, "linux", arch],
      [`linux-${arch}/${libc}/libsteady-ggml.so`, "linux", arch],
      [`linux-${arch}/${libc}/libggml-cpu-x64.so`, "linux", arch],
    ]),
  ),
  ...["x64", "arm64"].flatMap((arch): [string, string, string][] => [
    [`darwin-${arch}/steady-whisper.node`, "darwin", arch],
    [`darwin-${arch}/libggml-cpu.so`, "darwin", arch],
  ]),
  ["win32-x64/steady-whisper.node", "win32", "x64"],
  ["win32-x64/ggml-cpu-x64.dll", "win32", "x64"],
];

let prebuilds: string;
beforeEach(() => {
  prebuilds = mkdtempSync(join(tmpdir(), "steady-whisper-prebuilds-"));
  for (const [file, platform, arch] of FILES) {
    mkdirSync(dirname(join(prebuilds, file)), { recursive: true });
    writeFileSync(join(prebuilds, file), head(platform, arch));
  }
});
afterEach(() => rmSync(prebuilds, { recursive: true, force: true }));

const problems = (different: Partial<Parameters<typeof releaseProblems>[0]> = {}) =>
  releaseProblems({ tag: "v1.2.3", manifest: { version: "1.2.3" }, prebuilds, ...different });

describe("a release", () => {
  it("with all prebuilds and the right tag has no problem", () => {
    expect(problems()).toEqual([]);
  });

  it("of another version than its tag says", () => {
    expect(problems({ tag: "v1.2.4" })).toEqual([
      "the tag is v1.2.4, package.json has version 1.2.3",
    ]);
    expect(problems({ tag: "1.2.3" })).toHaveLength(1);
  });

  it("that would make a prerelease the latest version", () => {
    const [problem, ...others] = problems({
      tag: "v2.0.0-rc.1",
      manifest: { version: "2.0.0-rc.1" },
    });
    expect(problem).toMatch(/^2\.0\.0-rc\.1 is a prerelease: .*--tag next$/);
    expect(others).toEqual([]);
  });

  it.each([
    ["no repository", undefined, false],
    ["another repository", "github:somebody/else", false],
    ["the shorthand", "github:owner/name", true],
    ["an object", { type: "git", url: "git+https://github.com/owner/name.git" }, true],
  ])("published from owner/name, with %s in package.json", (_what, repository, fine) => {
    const manifest = { version: "1.2.3", ...(repository ? { repository } : {}) };
    const found = problems({ manifest, repository: "owner/name" });
    expect(found).toEqual(fine ? [] : [expect.stringContaining('"github:owner/name"')]);
  });

  it.each(FILES.filter(([file]) => file.endsWith(".node")))("without %s", (file) => {
    rmSync(join(prebuilds, file));
    expect(problems()).toEqual([expect.stringMatching(new RegExp(`: no prebuilds/${file}$`))]);
  });

  it("without the CPU backend of one platform", () => {
    rmSync(join(prebuilds, "linux-arm64/musl/libggml-cpu-x64.so"));
    expect(problems()).toEqual([
      "linux-arm64-musl: no CPU backend (ggml-cpu) in prebuilds/linux-arm64/musl",
    ]);
    rmSync(join(prebuilds, "linux-arm64/musl"), { recursive: true });
    expect(problems()).toHaveLength(1);
  });

  it("with the files of another platform, or no libraries at all, in a platform's place", () => {
    cpSync(
      join(prebuilds, "linux-x64/glibc/libggml-cpu-x64.so"),
      join(prebuilds, "linux-arm64/glibc/libggml-cpu-x64.so"),
    );
    writeFileSync(join(prebuilds, "win32-x64/steady-whisper.node"), "not found\n");
    expect(problems()).toEqual([
      "linux-arm64-glibc: prebuilds/linux-arm64/glibc/libggml-cpu-x64.so is not for linux-arm64",
      "win32-x64: prebuilds/win32-x64/steady-whisper.node is not for win32-x64",
    ]);
  });
});

it("a program's platform is told by its first bytes", () => {
  expect(platformOf(process.execPath)).toBe(`${process.platform}-${process.arch}`);
  expect(platformOf(new URL(import.meta.url).pathname)).toBeUndefined();
});
