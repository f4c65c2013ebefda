// scripts/gpu-check itself, in a folder and with a PATH that hold nothing but stand-ins and a few plain tools.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const PLAIN = [
  ...[
    "bash",
    "sh",
    "env",
    "sed",
    "head",
    "tail",
    "tr",
    "cat",
    "mkdir",
    "rm",
    "mv",
    "cp",
    "dirname",
    "getconf",
  ],
  ...["timeout", "chmod", "touch"],
];

const SMI = `
for argument in "$@"; do
  case "$argument" in
    --query-gpu=name) echo "A \\"fast\\" GPU" ;;
    --query-gpu=driver_version) echo 580.1 ;;
    --query-gpu=memory.total) echo 81559 ;;
    --query-gpu=compute_cap) echo 9.0 ;;
  esac
done`;
const TEST_PROGRAM = `#!/bin/sh
if [ "$1" = --gpu ]; then echo '{"transcriptsEqual": true}'; else echo "9 passed, 0 failed, 0 skipped"; fi
`;
/** As cmake: the second call is the build. */
const CMAKE = `
echo "$@" >>cmake-calls
if [ "$1" = --build ]; then mkdir -p "$2/Release"; cp test-program "$2/Release/steady_test"; chmod +x "$2/Release/steady_test"; fi`;
/** As Node: the builder, and the parts. PART_FAILS and PART_SILENT name one. */
const NODE = `
echo "$@" >>node-calls
name="\${1##*/}"
if [ "$name" = build-native.mjs ]; then
  mkdir -p build-cuda/Release
  cp test-program build-cuda/Release/steady_test
  chmod +x build-cuda/Release/steady_test
  touch build-cuda/Release/steady_whisper.node
  exit 0
fi
[ "$name" = gpu-pool.mjs ] && cp build-cuda/gpu-check.json midway.json
[ "$name" = "$PART_SILENT" ] && exit 1
echo "{\\"part\\": \\"$name\\", \\"addon\\": \\"$STEADY_WHISPER_ADDON\\"}"
[ "$name" != "$PART_FAILS" ]`;

describe.runIf(process.platform === "linux")("scripts/gpu-check", () => {
  let folder: string;
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o755 });
  };
  const tool = (name: string, script: string) => write(`bin/${name}`, `#!/bin/sh\n${script}\n`);
  const lines = (name: string) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n");

  const check = (args: string[] = [], env: NodeJS.ProcessEnv = {}) => {
    const { status, stderr } = spawnSync(join(folder, "bin/bash"), ["scripts/gpu-check", ...args], {
      cwd: folder,
      env: { PATH: join(folder, "bin"), ...env },
      encoding: "utf8",
    });
    const file = join(folder, "build-cuda/gpu-check.json");
    const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    return { status, stderr, report };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "steady-whisper-gpu-check-"));
    mkdirSync(join(folder, "bin"));
    mkdirSync(join(folder, "scripts"));
    copyFileSync(join(root, "scripts/gpu-check"), join(folder, "scripts/gpu-check"));
    for (const name of PLAIN) {
      const found = spawnSync("sh", ["-c", `command -v ${name}`], {
        encoding: "utf8",
      }).stdout.trim();
      symlinkSync(found, join(folder, "bin", name));
    }
    tool("nvidia-smi", SMI);
    tool("nvcc", 'echo "Cuda compilation tools, release 13.0, V13.0.88"');
    tool("ninja", "exit 0");
    tool("cmake", CMAKE);
    write("test-program", TEST_PROGRAM);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const withNode = () => {
    tool("node", NODE);
    mkdirSync(join(folder, "node_modules/cmake-js"), { recursive: true });
    write("dist/index.js", "");
  };

  it("without Node: the C++ program, and why the rest has no figures", () => {
    const { status, stderr, report } = check(["-DSOME=option"]);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const [configured, built] = lines("cmake-calls");
    expect(configured).toContain(
      "-DSTEADY_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES=90-real -DSOME=option",
    );
    expect(configured).toContain("-DSTEADY_ADDON=OFF");
    expect(built).toContain("--target steady_test");
    expect(report).toMatchObject({
      ...{ backend: "cuda", gpu: "A fast GPU", computeCapability: "9.0", memoryMiB: 81559 },
      ...{ driver: "580.1", toolkit: "13.0", native: { transcriptsEqual: true }, throughput: null },
      notRun: { node: "no Node here", throughput: "no Node here", memory: "no Node here" },
      ...{ finished: true, passed: true },
    });
  });

  it("with Node: every part on the addon that was built, with the options that it was given", () => {
    withNode();
    const { status, report } = check(["--quick"], { MODEL: "large.bin" });
    expect(status).toBe(0);
    const calls = lines("node-calls");
    expect(calls[0]).toContain("--arch 90-real");
    expect(calls.slice(1)).toEqual([
      ...["gpu-jobs", "gpu-pool"].map((part) => `scripts/${part}.mjs --backend cuda --quick`),
      ...["gpu-throughput", "gpu-reset", "gpu-memory"].map(
        (part) =>
          `scripts/${part}.mjs --backend cuda --quick --model micro --model base --model large.bin`,
      ),
    ]);
    const addon = join(folder, "build-cuda/Release/steady_whisper.node");
    expect(report).toMatchObject({
      ...{ quick: true, notRun: {}, finished: true, passed: true },
      node: { part: "gpu-jobs.mjs", addon },
      pool: { part: "gpu-pool.mjs", addon },
      throughput: { part: "gpu-throughput.mjs", addon },
      reset: { part: "gpu-reset.mjs", addon },
      memory: { part: "gpu-memory.mjs", addon },
    });
  });

  it("is readable at any time: what is done is in it", () => {
    withNode();
    check();
    expect(JSON.parse(readFileSync(join(folder, "midway.json"), "utf8"))).toMatchObject({
      ...{ native: { transcriptsEqual: true }, node: { part: "gpu-jobs.mjs" } },
      ...{ finished: false, passed: false },
    });
  });

  it("a part that fails fails the whole, and the others are run all the same", () => {
    withNode();
    const { status, stderr, report } = check([], {
      ...{ PART_FAILS: "gpu-reset.mjs", PART_SILENT: "gpu-pool.mjs" },
    });
    expect(status).toBe(1);
    expect(stderr).toContain("failed: reset (exit code 1)");
    expect(report).toMatchObject({
      ...{ pool: null, reset: { part: "gpu-reset.mjs" }, memory: { part: "gpu-memory.mjs" } },
      ...{ finished: true, passed: false },
    });
  });

  it("C++ tests that fail, too", () => {
    write("test-program", TEST_PROGRAM.replace('echo "9 passed', 'exit 3; echo "9 passed'));
    const { status, report } = check();
    expect(status).toBe(1);
    expect(report).toMatchObject({ native: { transcriptsEqual: true }, passed: false });
  });

  it.each([
    ["nvidia-smi", "nvidia-smi not found: is there an NVIDIA driver?"],
    ["ninja", "ninja not found"],
  ])("without %s nothing is claimed", (name, message) => {
    rmSync(join(folder, "bin", name));
    const { status, stderr, report } = check();
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(report?.passed ?? false).toBe(false);
  });

  it("a check of nothing doesn't pass", () => {
    const { status, stderr, report } = check(["--no-build"]);
    expect(status).toBe(1);
    expect(stderr).toContain("nothing could be run");
    expect(report).toMatchObject({ finished: true, passed: false });
  });

  it.each([
    [["--backend", "opencl"], '--backend must be cuda, vulkan or cpu; received "opencl"'],
    [["--fast"], 'unknown argument "--fast"'],
  ])("refuses %j", (args, message) => {
    const { status, stderr } = check(args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
