// The builder as a stranger meets it, and the layout that GPU builds have.

import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reference } from "../support/micro.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const builder = join(root, "scripts/build-native.mjs");

describe.runIf(process.platform === "linux")("on a machine without tools", () => {
  let bin: string;
  beforeAll(() => {
    bin = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
    symlinkSync(process.execPath, join(bin, "node"));
    writeFileSync(join(bin, "apt-get"), "#!/bin/sh\n", { mode: 0o755 });
  });
  afterAll(() => rmSync(bin, { recursive: true, force: true }));

  it("the error names what is missing and the line that installs it; nothing is touched", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [builder, "--force"], {
      cwd: root,
      env: { PATH: bin, HOME: bin },
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain("CMake (3.18 or newer), a C++17 compiler, Ninja or make not found");
    expect(stderr).toMatch(/apt-get install .*cmake/);
    expect(stderr).not.toContain("    at "); // no stack: there is nothing to debug
  });

  it("one that is missing is named alone", () => {
    const partly = mkdtempSync(join(tmpdir(), "steady-whisper-bin-"));
    try {
      symlinkSync(process.execPath, join(partly, "node"));
      for (const tool of ["cmake", "ninja", "make"]) {
        const path = spawnSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout;
        if (path) symlinkSync(path.trim(), join(partly, tool));
      }
      const { status, stderr } = spawnSync(process.execPath, [builder, "--force"], {
        cwd: root,
        env: { PATH: partly, HOME: partly },
        encoding: "utf8",
      });
      expect(status).toBe(1);
      expect(stderr).toContain("a C++17 compiler not found");
      expect(stderr).not.toMatch(/CMake|Ninja/);
    } finally {
      rmSync(partly, { recursive: true, force: true });
    }
  });

  it("an addon that is up to date needs none of them", () => {
    const { status, stderr } = spawnSync(process.execPath, [builder, "--if-missing"], {
      cwd: root,
      env: { PATH: bin, HOME: bin },
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("the dynamic layout", () => {
  const folder = join(root, "build-dynamic/Release");
  const addon = join(folder, "steady_whisper.node");

  beforeAll(async () => {
    await run(process.execPath, [builder, "--dynamic", "--quiet"], { maxBuffer: 64 << 20 });
  }, 900_000);

  it("has ggml's CPU backend in a file that is loaded at run time, and no versioned names", async () => {
    const files = (await readdir(folder)).filter((file) => /\.(node|so|dylib|dll)/.test(file));
    expect(files.filter((file) => /ggml-cpu/.test(file))).toHaveLength(1);
    expect(files.filter((file) => /\.so\.\d/.test(file))).toEqual([]);
  });

  it.runIf(process.platform === "linux")("doesn't link the backend", async () => {
    const { stdout } = await run("ldd", [addon]);
    expect(stdout).toContain("libsteady-ggml-base.so");
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
