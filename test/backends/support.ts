// Addons in the dynamic layout with GPU backends that are fakes, as files, beside them.

import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(import.meta.url);
const ggml = join(dirname(require.resolve("nodejs-whisper/package.json")), "cpp/whisper.cpp/ggml");

/** What a fake does wrong; see fake-gpu.cc. */
export type Fault =
  | "NONE"
  | "ABORTS"
  | "HANGS"
  | "NO_DEVICE"
  | "OTHER_VERSION"
  | "WRONG_RESULTS"
  | "NO_KERNEL";

/** The portable build; makes it if it isn't there. */
export function portableBuild(): string {
  run(process.execPath, [join(root, "scripts/build-native.mjs"), "--portable", "--quiet"]);
  return join(root, "build-portable/Release");
}

/** A copy of the portable build in a folder of its own. `libraries`: where its shared libraries lie. */
export class AddonCopy {
  readonly folder = mkdtempSync(join(tmpdir(), "steady-whisper-backends-"));
  readonly addon = join(this.folder, "steady_whisper.node");
  readonly libraries: string;

  constructor(build: string) {
    cpSync(build, this.folder, { recursive: true });
    const inner = readdirSync(this.folder, { withFileTypes: true }).find((one) =>
      one.isDirectory(),
    );
    this.libraries = inner ? join(this.folder, inner.name) : this.folder;
  }

  get cudaFile(): string {
    return join(this.libraries, "libggml-cuda.so");
  }

  /** Puts a fake CUDA backend beside the addon, in the place of the last one. */
  addFake(fault: Fault): void {
    rmSync(this.cudaFile, { force: true }); // a new file: the old one may be mapped
    compile(this.cudaFile, [
      join(root, "test/backends/fake-gpu.cc"),
      ...["-std=c++17", `-DFAULT=${fault}`, `-I${ggml}/include`, `-I${ggml}/src`],
      ...[`-L${this.libraries}`, "-lsteady-ggml", "-lsteady-ggml-base", "-Wl,-rpath,$ORIGIN"],
    ]);
  }

  /** One that links NVIDIA's driver, as the real one does. The driver isn't there: its stub is gone after linking. */
  addDriverless(): void {
    const folder = mkdtempSync(join(tmpdir(), "steady-whisper-stub-"));
    try {
      const stub = join(folder, "stub.c");
      writeFileSync(stub, "int cuInit(unsigned flags) { return (int)flags; }\n");
      compile(join(folder, "libcuda.so.1"), [stub, "-Wl,-soname,libcuda.so.1"]);
      const user = join(folder, "user.c");
      writeFileSync(
        user,
        "int cuInit(unsigned); void *ggml_backend_init(void) { cuInit(0); return 0; }\n",
      );
      rmSync(this.cudaFile, { force: true });
      compile(this.cudaFile, [user, join(folder, "libcuda.so.1")]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  addGarbage(): void {
    rmSync(this.cudaFile, { force: true });
    copyFileSync(join(root, "package.json"), this.cudaFile);
  }

  /** Leaves only one of the CPU backends, or none. */
  keepCpuVariants(...names: string[]): void {
    for (const file of readdirSync(this.libraries)) {
      const name = file.match(/^libggml-cpu-(.+)\.so$/)?.[1];
      if (name !== undefined && !names.includes(name)) rmSync(join(this.libraries, file));
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function compile(output: string, args: string[]): void {
  run("c++", ["-shared", "-fPIC", "-O1", "-w", "-o", output, ...args]);
}

function run(command: string, args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${command} failed: ${error?.message ?? ""}\n${stdout}\n${stderr}`);
}
