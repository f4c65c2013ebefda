// What the builder decides, with a CMake that only pretends: it leaves files of the right names, in no time.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { copyPackage, writeTool } from "./package-copy.js";

// The first call configures; it gets the options. The second builds, in the folder that it names.
const CMAKE = `
const { mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const args = process.argv.slice(2);
if (args[0] === "--version") { console.log("cmake version 3.25.1"); process.exit(); }
const record = join(__dirname, "options");
if (args[0] !== "--build") {
  writeFileSync(record, args.join("\\n"));
  process.exit(Number(process.env.CONFIGURE_CODE ?? 0));
}
const on = (name) => readFileSync(record, "utf8").includes("-D" + name + "=");
const is = (name, value) => readFileSync(record, "utf8").includes("-D" + name + "=" + value);
const libraries = [];
if (is("STEADY_LAYOUT", "dynamic")) {
  libraries.push("libsteady-ggml.so", "libsteady-ggml-base.so");
  const variants = on("GGML_CPU_ALL_VARIANTS") ? ["-x64", "-haswell"] : [""];
  for (const variant of variants) libraries.push("libggml-cpu" + variant + ".so");
  for (const gpu of ["cuda", "vulkan"]) if (on("STEADY_" + gpu.toUpperCase())) libraries.push("libggml-" + gpu + ".so");
  if (on("STEADY_BUNDLE_OPENMP")) libraries.push("libgomp.so.1");
}
const output = join(args[1], "Release");
mkdirSync(join(output, "glibc"), { recursive: true });
for (const file of ["steady_whisper.node", ...libraries.map((name) => join("glibc", name))]) {
  writeFileSync(join(output, file), process.env.CCACHE_BASEDIR + " " + process.env.CCACHE_NOHASHDIR);
}
process.exit(Number(process.env.BUILD_CODE ?? 0));
`;

describe.runIf(process.platform === "linux")("the builder", () => {
  let copy: string;
  let bin: string;

  beforeAll(() => {
    copy = copyPackage();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
    writeTool(bin, "cmake", CMAKE);
    for (const tool of ["g++", "ninja", "glslc", "nvcc", "node"]) writeTool(bin, tool, "");
  });
  afterEach(() => {
    for (const folder of [
      "build",
      "build-portable",
      "build-cuda",
      "build-vulkan",
      "build-dynamic",
    ]) {
      rmSync(join(copy, folder), { recursive: true, force: true });
    }
    rmSync(bin, { recursive: true, force: true });
  });

  const build = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(copy, "scripts/build-native.mjs"), ...args],
      { cwd: copy, env: { PATH: bin, HOME: bin, CXX: join(bin, "g++"), ...env }, encoding: "utf8" },
    );
    return { status, last: `${stdout}${stderr}`.trimEnd().split("\n").at(-1), stderr };
  };
  const output = (folder = "build") =>
    readdirSync(join(copy, folder, "Release"), { recursive: true, encoding: "utf8" }).sort();

  const ADDON = "steady_whisper.node";
  const DYNAMIC = ["glibc", "glibc/libggml-cpu.so"];
  const GGML = ["glibc/libsteady-ggml-base.so", "glibc/libsteady-ggml.so", ADDON];

  it("builds for use: one file, or with GPU backends; files of the other layout don't stay", () => {
    expect(build([])).toMatchObject({ status: 0 });
    expect(output()).toEqual([ADDON]);
    expect(build(["--vulkan", "--cuda", "--arch", "90"])).toMatchObject({ status: 0 });
    const gpus = ["glibc/libggml-cuda.so", "glibc/libggml-vulkan.so"];
    expect(output()).toEqual([...DYNAMIC, ...gpus, ...GGML]);
    expect(build(["--vulkan"])).toMatchObject({ status: 0 });
    expect(output()).toEqual([...DYNAMIC, "glibc/libggml-vulkan.so", ...GGML]);
    expect(build([])).toMatchObject({ status: 0 });
    expect(output()).toEqual([ADDON]);
  });

  it("keeps what works when a build with other options fails, and doesn't call it up to date", () => {
    expect(build(["--vulkan"])).toMatchObject({ status: 0 });
    const before = output();
    expect(build([], { CONFIGURE_CODE: "1" })).toMatchObject({
      status: 1,
      last: "the native build failed: cmake-js configure exited with code 1 [ERR_WHISPER_BUILD_FAILED]",
    });
    expect(output()).toEqual(before);
    expect(build([], { BUILD_CODE: "3" })).toMatchObject({
      status: 1,
      last: "the native build failed: cmake --build exited with code 3 [ERR_WHISPER_BUILD_FAILED]",
    });
    expect(build([]).last).toMatch(/built in/);
    expect(output()).toEqual([ADDON]);
  });

  it("is a portable build in a folder of its own", () => {
    expect(build(["--portable"])).toMatchObject({ status: 0 });
    expect(output("build-portable")).toEqual([
      "glibc",
      ...["haswell", "x64"].map((name) => `glibc/libggml-cpu-${name}.so`),
      "glibc/libgomp.so.1",
      ...GGML,
    ]);
    expect(existsSync(join(copy, "build"))).toBe(false);
  });

  it.each([
    ["cuda", "build-cuda", ["glibc/libggml-cuda.so"]],
    ["vulkan", "build-vulkan", ["glibc/libggml-vulkan.so"]],
    ["cpu", "build-dynamic", []],
  ])("builds %s for scripts/gpu-check in a folder of its own", (backend, folder, gpu) => {
    const arch = backend === "cuda" ? ["--arch", "90-real"] : [];
    expect(build(["--gpu-check", backend, ...arch])).toMatchObject({ status: 0 });
    expect(output(folder)).toEqual([...DYNAMIC, ...gpu, ...GGML]);
    expect(existsSync(join(copy, "build"))).toBe(false);
  });

  it("does nothing twice, and builds what is missing", () => {
    expect(build(["--vulkan"]).last).toMatch(/built in/);
    expect(build(["--vulkan"]).last).toMatch(/up to date/);
    for (const file of [ADDON, "glibc/libggml-cpu.so", "glibc/libggml-vulkan.so"]) {
      rmSync(join(copy, "build/Release", file));
      expect(build(["--vulkan"]).last).toMatch(/built in/);
      expect(output()).toContain(file);
      expect(build(["--vulkan"]).last).toMatch(/up to date/);
    }
  });

  it("says so when CMake has left a backend out", () => {
    // No such file of this CMake's.
    writeTool(bin, "cmake", CMAKE.replace('["cuda", "vulkan"]', '["cuda"]'));
    const { status, stderr } = build(["--vulkan"]);
    expect(status).toBe(1);
    expect(stderr).toContain("no Vulkan backend was built");
  });

  it("takes warnings for errors where the environment says so, and is built anew for that", () => {
    const options = () => readFileSync(join(bin, "options"), "utf8");
    expect(build([])).toMatchObject({ status: 0 });
    expect(options()).toContain("-DSTEADY_WERROR=OFF");
    expect(build([], { STEADY_WERROR: "1" }).last).toMatch(/built in/);
    expect(options()).toContain("-DSTEADY_WERROR=ON");
  });

  it("lets ccache share between folders, unless the user decides", () => {
    expect(build(["--quiet"])).toMatchObject({ status: 0 });
    const written = () => readFileSync(join(copy, "build/Release", ADDON), "utf8");
    expect(written()).toBe(`${copy} 1`);
    build(["--force"], { CCACHE_BASEDIR: "/elsewhere", CCACHE_NOHASHDIR: "" });
    expect(written()).toBe("/elsewhere ");
  });

  it.each<[string[], RegExp]>([
    [["--metal"], /--metal: there is no Metal for linux; use --cuda or --vulkan/],
    [["--cuda", "--debug"], /choose one of --debug, --cuda/],
    [["--asan", "--portable"], /choose one of --portable, --asan/],
    [["--arch", "90"], /--arch is for --cuda/],
    [["--gpu-check", "rocm"], /--gpu-check must be cuda, vulkan, cpu; received "rocm"/],
    [["--gpu-check", "vulkan", "--arch", "90"], /--arch is for --cuda/],
    [["--cuda", "--arch", "9.0"], /--arch must be .* received "9\.0"/],
    [["--jobs", "0"], /--jobs must be a whole number above 0; received "0"/],
    [["--rocm"], /Unknown option '--rocm'/],
    [["folder"], /Unexpected argument 'folder'/],
  ])("%j is a wrong command line: exit code 2, nothing done", (args, reason) => {
    const { status, stderr } = build(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(reason);
    expect(stderr).toContain("[ERR_WHISPER_BUILD_OPTION]");
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(join(copy, "build"))).toBe(false);
  });
});
