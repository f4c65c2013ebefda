// The builder as a stranger meets it, and the layout that GPU builds have.

import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { reference } from "../support/micro.js";
import { copyPackage, writeTool } from "./package-copy.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const builder = join(root, "scripts/build-native.mjs");

describe.runIf(process.platform === "linux")("on a machine without tools", () => {
  // Unbuilt, so that nothing is up to date and nobody else builds there.
  let copy: string;
  let bin: string;
  beforeAll(() => {
    copy = copyPackage();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
    symlinkSync(process.execPath, join(bin, "node"));
  });
  afterEach(() => rmSync(bin, { recursive: true, force: true }));

  /** With nothing on the PATH but what the test has put there. */
  const build = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [join(copy, "scripts/build-native.mjs"), ...args], {
      cwd: copy,
      env: { PATH: bin, HOME: bin, ...env },
      encoding: "utf8",
    });
  const tools = (...names: string[]) => {
    for (const name of names) writeTool(bin, name, `console.log("cmake version 3.25.1")`);
  };

  it("the error names what is missing and the line that installs it; nothing is touched", () => {
    tools("apt-get");
    const { status, stdout, stderr } = build([]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.split("\n")[0]).toBe(
      "steady-whisper can't be built: CMake (3.18 or newer), a C++17 compiler, Ninja or make not found. [ERR_WHISPER_BUILD_TOOLS]",
    );
    expect(stderr).toMatch(/apt-get install -y cmake g\+\+ ninja-build\n/);
    expect(stderr).not.toContain("    at "); // no stack: there is nothing to debug
    expect(readdirSync(join(copy, "build"))).toEqual([]);
  });

  it("one that is missing is named alone", () => {
    tools("cmake", "ninja", "apt-get");
    const { status, stderr } = build([]);
    expect(status).toBe(1);
    expect(stderr).toContain("built: a C++17 compiler not found");
    expect(stderr).not.toMatch(/CMake|Ninja/);
  });

  it("a CMake that is too old is told by its version, and where newer ones are", () => {
    tools("g++", "ninja", "apt-get");
    writeTool(bin, "cmake", `console.log("cmake version 3.10.2")`);
    const { status, stderr } = build([]);
    expect(status).toBe(1);
    expect(stderr).toContain("built: CMake (3.18 or newer, here is 3.10) not found");
    expect(stderr).toMatch(/apt-get install -y cmake\n/);
    expect(stderr).toContain("https://cmake.org/download/");
  });

  // A compiler that accepts nothing finds no headers either.
  const noHeaders = () => writeTool(bin, "g++", "process.exit(1)");

  it.each([
    ["apt-get", /apt-get install -y glslc libvulkan-dev spirv-headers\n/],
    ["dnf", /dnf install -y glslc vulkan-headers vulkan-loader-devel spirv-headers-devel\n/],
    ["apk", /apk add shaderc vulkan-headers vulkan-loader-dev spirv-headers\n/],
    ["brew", / brew install shaderc vulkan-headers vulkan-loader spirv-headers\n/],
    ["winget", / winget install KhronosGroup.VulkanSDK\n/],
  ])("what Vulkan needs is asked for by the names that %s knows", (manager, line) => {
    tools("cmake", "ninja", manager);
    noHeaders();
    const { status, stderr } = build(["--vulkan"]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      "built: the shader compiler glslc, Vulkan's headers and loader, SPIR-V's headers not found",
    );
    expect(stderr).toMatch(line);
  });

  it("the CUDA toolkit is asked for whole when cuBLAS isn't there", () => {
    tools("cmake", "ninja", "g++", "apt-get");
    const words = "<command-line>: fatal error: cublas_v2.h: No such file or directory";
    // As a real one does, after more than a megabyte of what it has preprocessed.
    const fake = `fs.writeSync(1, "x".repeat(2 ** 21)); console.error("${words}"); process.exit(1)`;
    writeTool(bin, "nvcc", `const fs = require("node:fs"); ${fake}`);
    const env = { CUDACXX: join(bin, "nvcc") };
    const { status, stderr } = build(["--cuda", "--arch", "90"], env);
    expect(status).toBe(1);
    expect(stderr).toContain("built: cuBLAS's headers (cublas_v2.h, a part of the CUDA toolkit)");
    expect(stderr).toContain("https://developer.nvidia.com/cuda-downloads");
    const unnamed = build(["--cuda"], env);
    expect(unnamed.status).toBe(2);
    expect(unnamed.stderr).toContain("nvidia-smi names no GPU on this machine");
  });

  it("without a package manager that is known there is no line", () => {
    const { status, stderr } = build([]);
    expect(status).toBe(1);
    expect(stderr).not.toContain("Install with");
    expect(stderr).toContain("https://cmake.org/download/");
  });

  it("with --if-missing an addon that is there needs none of them", () => {
    const addon = join(copy, "build/Release/steady_whisper.node");
    expect(build(["--if-missing"]).status).toBe(1);
    mkdirSync(dirname(addon), { recursive: true });
    writeFileSync(addon, "");
    const { status, stderr } = build(["--if-missing"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    rmSync(join(copy, "build"), { recursive: true });
  });

  it("a package that belongs to another user is not touched: whose it is, and what to do", () => {
    try {
      chmodSync(copy, 0o555);
      // Root may write everywhere.
      const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
      const { status, stderr } = spawnSync(
        process.execPath,
        [join(copy, "scripts/build-native.mjs")],
        { cwd: copy, ...user, encoding: "utf8" },
      );
      expect(status).toBe(1);
      expect(stderr.split("\n")[0]).toBe(
        `steady-whisper can't be built: ${copy} can't be written to (EACCES). [ERR_WHISPER_BUILD_NOT_WRITABLE]`,
      );
      expect(stderr).toContain("npx steady-whisper build");
      expect(readdirSync(copy)).not.toContain("build");
    } finally {
      chmodSync(copy, 0o755);
    }
  });
});

describe("the dynamic layout", () => {
  const folder = join(root, "build-portable/Release");
  const addon = join(folder, "steady_whisper.node");

  beforeAll(async () => {
    await run(process.execPath, [builder, "--portable", "--quiet"], { maxBuffer: 64 << 20 });
  }, 3_600_000);

  it.runIf(process.platform === "linux")("doesn't link the backends", async () => {
    const { stdout } = await run("ldd", [addon]);
    expect(stdout).toMatch(/libsteady-ggml-base\.so => .*\/build-portable\/Release\/glibc\//);
    expect(stdout).not.toContain("ggml-cpu");
    expect(stdout).not.toContain("libcuda");
    expect(stdout).not.toContain("not found");
  });

  it("transcribes, aborts between graph nodes and exits in order, from another folder", async () => {
    const code = `
      import { WhisperContext } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
      const context = await WhisperContext.create();
      const state = await context.createState();
      const file = ${JSON.stringify(join(root, "models/micro/test-audio/en-digits.wav"))};
      const { text } = await state.transcribe(file, { threads: 1 });
      await state.reset();
      const job = state.transcribe(file, { threads: 1, strategy: "beam" });
      setTimeout(() => job.cancel(), 20);
      const end = await job.then(() => "done", (error) => error.code);
      console.log(JSON.stringify({ text, end, backend: context.info.device.backend }));
      void state.transcribe(file);
      process.exit(0);`;
    const { stdout, stderr } = await run(
      process.execPath,
      ["--input-type=module", "--eval", code],
      {
        cwd: tmpdir(),
        env: { ...process.env, STEADY_WHISPER_ADDON: addon },
      },
    );
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      text: reference("en-digits.wav").text,
      end: "ERR_WHISPER_ABORTED",
      backend: "cpu",
    });
  });

  it.each(["gpu-jobs.mjs", "gpu-pool.mjs"])(
    "is what gpu-check's %s runs on: the same transcripts as the CPU's",
    async (name) => {
      const { stdout } = await run(
        process.execPath,
        [join(root, "scripts", name), "--backend", "cpu", "--jobs", "6"],
        { env: { ...process.env, STEADY_WHISPER_ADDON: addon, OMP_WAIT_POLICY: "passive" } },
      );
      expect(JSON.parse(stdout)).toMatchObject({ backend: "cpu", jobs: 6, passed: true });
    },
    300_000,
  );
});
