// check:package on packages that are wrong in one way each: that it passes on ours is seen when it is run.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { which } from "../../scripts/native/tools.mjs";
import { checkSizes } from "../../scripts/package/budgets.mjs";
import { checkContents, checkPrebuilds } from "../../scripts/package/contents.mjs";
import { checkInstall } from "../../scripts/package/install.mjs";
import { isPermissive } from "../../scripts/package/licences.mjs";
import { checkMachinePaths } from "../../scripts/package/machine-paths.mjs";
import { checkNotices } from "../../scripts/package/notices.mjs";
import { sourceOf } from "../../scripts/package/runtime-source.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "steady-whisper-check-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A package of these files, by content. */
function packageOf(content: Record<string, string | Buffer>, manifest: object = {}) {
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const files = Object.entries(content).map(([path, text]) => ({ path, size: text.length }));
  return {
    tarball: join(folder, "none.tgz"),
    folder,
    files,
    links: [],
    packedBytes: 5e6,
    unpackedBytes: 24e6,
    manifest: { main: "dist/index.js", types: "dist/index.d.ts", bin: {}, ...manifest },
  };
}

describe("contents", () => {
  const failuresOf = (...names: string[]) =>
    checkContents(packageOf(Object.fromEntries(names.map((name) => [name, ""])))).failures;

  it.each([
    "native/core/notes.txt",
    "native/test/steady_test.cc",
    "docs/images/report.png",
    "models/micro/micro-f16.bin",
    "binding.gyp",
    ".env",
    "dist/.tsbuildinfo",
    "prebuilds/linux-x64/glibc/libggml-cuda.so",
    "prebuilds/linux-x64/glibc/libgomp.so.1.0.0",
    "prebuilds/linux-x64/steady-whisper.node",
    "deps/whisper.cpp/examples/server/server.cpp",
  ])("%s has no business there", (name) => {
    expect(failuresOf(name)).toContainEqual(
      expect.stringContaining(`not expected in the package: ${name} `),
    );
  });

  it("what is needed must be there, entry points as well", () => {
    const failures = failuresOf("package.json");
    for (const name of [
      "LICENSE",
      "dist/index.js",
      "scripts/build-native.mjs",
      "models/micro/micro-q5_0.bin",
    ]) {
      expect(failures).toContain(`missing: ${name}`);
    }
    expect(failures).not.toContain("missing: package.json");
  });

  it("compiled files whose source is gone are left over", () => {
    const failures = failuresOf("dist/a.js", "dist/a.d.ts.map", "dist/b/c.js", "lib/a.ts");
    expect(failures.filter((failure) => failure.startsWith("left over"))).toEqual([
      expect.stringContaining("dist/b/c.js"),
    ]);
  });
});

describe("prebuilds", () => {
  const glibc = (...names: string[]) => names.map((name) => `prebuilds/linux-x64/glibc/${name}`);
  const whole = [
    "prebuilds/linux-x64/steady-whisper.glibc.node",
    ...glibc("libsteady-ggml.so", "libsteady-ggml-base.so", "libggml-cpu-x64.so", "libgomp.so.1"),
  ];
  const check = (names: string[], wanted: string[] = []) =>
    checkPrebuilds(packageOf(Object.fromEntries(names.map((name) => [name, ""]))), wanted);

  it("one that is wanted and isn't there is missing", () => {
    expect(check(whole, ["linux-x64.glibc", "darwin-arm64"]).failures).toEqual([
      "missing: the prebuild darwin-arm64",
    ]);
  });

  it("a whole one is named", () => {
    expect(check(whole)).toEqual({ looked: "linux-x64.glibc", failures: [] });
  });

  it.each(whole)("one without %s is not whole", (name) => {
    const { failures } = check(whole.filter((other) => other !== name));
    expect(failures).not.toEqual([]);
  });

  it("files of one C library don't stand for those of the other", () => {
    const { looked, failures } = check([...whole, "prebuilds/linux-x64/steady-whisper.musl.node"]);
    expect(looked).toBe("linux-x64.glibc, linux-x64.musl");
    expect(failures).toHaveLength(5);
  });
});

describe("sizes", () => {
  it("the package, its source and each prebuild have a budget", () => {
    const noise = Buffer.alloc(21e6).map((_, index) => (index * 2654435761) >>> 24);
    const name = "prebuilds/linux-x64/steady-whisper.glibc.node";
    const pack = packageOf({ [name]: Buffer.from(noise) });
    expect(checkSizes({ ...pack, unpackedBytes: 200e6 }).failures).toEqual([
      expect.stringContaining("the package: 200.0 MB unpacked, over the budget"),
      expect.stringContaining("prebuild linux-x64.glibc: 21.0 MB unpacked, over the budget"),
      expect.stringContaining("without prebuilds: 179.0 MB unpacked, over the budget"),
    ]);
  });
});

describe("installing", () => {
  it.each(["preinstall", "install", "postinstall"])("a script %s is refused", (name) => {
    const pack = packageOf({}, { scripts: { [name]: "node x.js", prepack: "" } });
    expect(checkInstall(pack).failures).toEqual([expect.stringContaining(`"${name}"`)]);
  });

  it("binding.gyp is one, for Yarn", () => {
    expect(checkInstall(packageOf({ "binding.gyp": "" })).failures).toHaveLength(1);
    expect(checkInstall(packageOf({})).failures).toEqual([]);
  });
});

describe("paths of machines", () => {
  it.each([
    ["of this one", "dist/a.js", `read("${join(root, "x")}")`, root],
    [
      "in source maps",
      "dist/a.js.map",
      JSON.stringify({ sources: ["/srv/build/lib/a.ts"] }),
      "/srv/build/lib/a.ts",
    ],
    [
      "in assertions of binaries",
      "prebuilds/linux-x64/glibc/libsteady-ggml.so",
      "\0/srv/deps/whisper.cpp/ggml/src/ggml.c\0",
      "/srv/deps/whisper.cpp/ggml/src/ggml.c",
    ],
    [
      "of GitHub's runners",
      "prebuilds/darwin-arm64/steady-whisper.node",
      "\0/Users/runner/work/x\0",
      "/Users/runner/work/x",
    ],
  ])("%s are found", (_, name, content, place) => {
    const { failures } = checkMachinePaths(packageOf({ [name]: content }));
    expect(failures).toContain(`${name} contains ${place}`);
  });

  it.each([
    ["dist/a.js.map", JSON.stringify({ sources: ["../lib/a.ts"] })],
    [
      "prebuilds/linux-x64/glibc/libsteady-ggml.so",
      "\0/usr/include/c++/12/bits/stl_vector.h\0whisper.cpp/ggml/src/ggml.c\0/proc/self/maps\0",
    ],
  ])("others in %s are not", (name, content) => {
    expect(checkMachinePaths(packageOf({ [name]: content })).failures).toEqual([]);
  });
});

describe("licences", () => {
  it.each(["MIT", "(MIT OR GPL-3.0-or-later)", "BSD-3-Clause AND ISC"])("%s is fine", (license) => {
    expect(isPermissive(license)).toBe(true);
  });
  it.each(["GPL-3.0-only", "MIT AND LGPL-2.1-only", "SEE LICENSE IN x", undefined])(
    "%s is not",
    (license) => expect(isPermissive(license)).toBe(false),
  );
});

describe("notices", () => {
  const parts = "node-addon-api node-api-headers cmake-js libstdc++ libgcc libgomp";
  const notices = { "THIRD_PARTY_NOTICES.md": `${parts} Mozilla Foundation` };

  it("whoever holds a copyright is named", () => {
    const source =
      "// Copyright (c) 2023-2026 The ggml authors\n// Copyright 2024 Mozilla Foundation\n";
    const other = "/* Copyright (C) 2019 Somebody Else <a@b.c>\n */";
    const { failures } = checkNotices(
      packageOf({ ...notices, "deps/whisper.cpp/a.c": source, "deps/whisper.cpp/b.c": other }),
    );
    expect(failures).toEqual(['deps/whisper.cpp/b.c: "Somebody Else" is not in the notices']);
  });

  it("a copy of libgomp comes with the address of its source", () => {
    const library = "prebuilds/linux-x64/glibc/libgomp.so.1";
    const note = "prebuilds/linux-x64/glibc/libgomp.source.txt";
    const failuresOf = (more: Record<string, string>) =>
      checkNotices(packageOf({ ...notices, [library]: "", ...more })).failures;
    expect(failuresOf({})).toEqual([expect.stringContaining(`${note} must name`)]);
    expect(failuresOf({ [note]: "gcc" })).toHaveLength(1);
    expect(failuresOf({ [note]: "gcc 12, https://example.org/gcc" })).toEqual([]);
  });

  it.runIf(process.platform === "linux")(
    "which is known of this system's copy, and of no other file",
    () => {
      const shell = which("sh") ?? "";
      expect(sourceOf(shell)).toMatch(/^Source: \S.*\nhttps:\/\/\S+$/m);
      writeFileSync(join(folder, "libgomp.so.1"), "");
      expect(sourceOf(join(folder, "libgomp.so.1"))).not.toContain("https://");
    },
  );
});
