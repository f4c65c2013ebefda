// What test:cuda decides before it compiles. Compiling itself is a step of the CI: it takes minutes.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { callsCublas, sliceOf } from "../../scripts/cuda/slice.mjs";
import { findCublas } from "../../scripts/cuda/toolkit.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const whisper = join(
  dirname(createRequire(import.meta.url).resolve("nodejs-whisper/package.json")),
  "cpp/whisper.cpp/ggml/src/ggml-cuda",
);
const sources = [
  ...readdirSync(whisper),
  ...readdirSync(join(whisper, "template-instances")).map((name) => `template-instances/${name}`),
]
  .filter((name) => name.endsWith(".cu"))
  .map((name) => join(whisper, name));

const folder = mkdtempSync(join(tmpdir(), "steady-whisper-cuda-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = (args: string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, [join(root, "scripts/test-cuda.mjs"), ...args], {
    env,
    encoding: "utf8",
  });

describe("the slice", () => {
  it("has the backend itself and one of each family of kernels", () => {
    const names = sliceOf(sources).map((file: string) => basename(file));
    console.log(names.join(" "));
    expect(names).toContain("ggml-cuda.cu");
    for (const family of ["fattn-mma-f16", "fattn-tile", "fattn-vec", "mmf", "mmq"]) {
      const ofFamily = names.filter((name: string) => name.startsWith(`${family}-instance-`));
      expect(ofFamily, family).toHaveLength(1);
    }
  });

  it("takes a family that a later version brings along", () => {
    const names = sliceOf([...sources, join(whisper, "template-instances/new-instance-1.cu")]);
    expect(names.map((file: string) => basename(file))).toContain("new-instance-1.cu");
  });

  it("says so when a file is gone", () => {
    expect(() => sliceOf(sources.filter((file) => !file.endsWith("/mmvq.cu")))).toThrow(
      /no mmvq\.cu/,
    );
  });
});

it("knows the files that call cuBLAS from those that mention it", () => {
  const names = sources.filter(callsCublas).map((file) => basename(file));
  expect(names.toSorted()).toEqual(["ggml-cuda.cu", "out-prod.cu", "solve_tri.cu"]);
});

describe("cuBLAS", () => {
  it("is found in a toolkit, in a folder, in an unpacked wheel", () => {
    for (const inner of ["toolkit", "wheel/nvidia/cu13"]) {
      const place = join(folder, inner);
      for (const file of [
        "include/cublas_v2.h",
        "lib/libcublas.so.13",
        "lib/libcublasLt.so.13",
        "lib/libnvblas.so.13",
      ]) {
        mkdirSync(dirname(join(place, file)), { recursive: true });
        writeFileSync(join(place, file), "");
      }
      const found = {
        include: join(place, "include"),
        complete: true,
        libraries: {
          cublas: join(place, "lib/libcublas.so.13"),
          cublasLt: join(place, "lib/libcublasLt.so.13"),
        },
      };
      const named = join(folder, inner.split("/")[0] as string);
      expect(findCublas("/nowhere", named)).toEqual(found);
      expect(findCublas(named, undefined)).toEqual(found);
    }
  });

  it("that isn't there is replaced by declarations that don't pass for it", () => {
    const { include, complete, libraries } = findCublas("/nowhere", undefined);
    expect({ complete, libraries }).toEqual({ complete: false, libraries: undefined });
    expect(existsSync(join(include, "cublas_v2.h"))).toBe(true);
  });

  it("that was named and isn't there is an error", () => {
    expect(() => findCublas("/nowhere", "/nothing")).toThrow("/nothing holds no cuBLAS");
  });
});

describe("the command", () => {
  it.each([
    [["--slice", "--all"], "choose one of --slice, --all"],
    [
      ["--arch", "9.0"],
      '--arch must be one compute capability without dot, such as 90; received "9.0"',
    ],
    [["--jobs", "0"], '--jobs must be a whole number above 0; received "0"'],
    [["--unknown"], "Unknown option '--unknown'"],
  ])("refuses %j", (args, message) => {
    const { status, stdout, stderr } = script(args);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  const hasNvcc = ["/usr/local/cuda/bin/nvcc", "/opt/cuda/bin/nvcc"].some((file) =>
    existsSync(file),
  );
  // Where there is one, its usual places can't be hidden from the script.
  it.skipIf(hasNvcc)(
    "without nvcc isn't run, which isn't a success; with --require it is a failure",
    () => {
      const env = { PATH: folder };
      const optional = script([], env);
      expect(optional.status).toBe(77);
      expect(optional.stdout).toContain("not run: no nvcc");
      expect(script(["--require"], env).status).toBe(1);
    },
  );
});
