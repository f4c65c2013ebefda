// What of NVIDIA's toolkit is on this machine: compiler, cuBLAS, the stub of the driver.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "../native/build-error.mjs";
import { findNvcc } from "../native/tools.mjs";

/** Declarations of our own, in the place of cuBLAS's headers. */
const DECLARATIONS = fileURLToPath(new URL("declarations", import.meta.url));

/** @returns {{ nvcc: string, version: string, root: string } | undefined} undefined: there is no nvcc */
export function findToolkit() {
  const nvcc = findNvcc();
  if (!nvcc) return undefined;
  const said = execFileSync(nvcc, ["--version"], { encoding: "utf8" });
  const version = said.match(/, V(\d+\.\d+\.\d+)/)?.[1];
  if (!version) throw new BuildError(`${nvcc} --version names no version:\n${said}`);
  return { nvcc, version, root: path.dirname(path.dirname(realpathSync(nvcc))) };
}

/**
 * cuBLAS: the toolkit's own, else that of `folder`, else declarations of ours.
 * @param {string} root  the toolkit's
 * @param {string | undefined} folder  one that holds include/ and lib/ of cuBLAS, or an unpacked wheel of it
 * @returns {{ include: string, complete: boolean, libraries?: { cublas: string, cublasLt: string } }}
 *   `complete`: these are NVIDIA's headers
 */
export function findCublas(root, folder) {
  if (folder !== undefined) {
    const found = cublasIn(folder);
    if (!found) {
      throw new BuildError(
        `${folder} holds no cuBLAS: no cublas_v2.h in it, in include/ or in nvidia/*/include/`,
      );
    }
    return found;
  }
  return cublasIn(root) ?? { include: DECLARATIONS, complete: false };
}

function cublasIn(folder) {
  const wheels = path.join(folder, "nvidia");
  const places = [
    folder,
    path.join(folder, "targets/x86_64-linux"),
    path.join(folder, "targets/sbsa-linux"),
    ...(existsSync(wheels) ? readdirSync(wheels).map((name) => path.join(wheels, name)) : []),
  ];
  const place = places.find((one) => existsSync(path.join(one, "include/cublas_v2.h")));
  if (!place) return undefined;
  const library = (name) =>
    ["lib64", "lib"]
      .map((lib) => path.join(place, lib))
      .filter((lib) => existsSync(lib))
      .flatMap((lib) => readdirSync(lib).map((file) => path.join(lib, file)))
      // A wheel has no link without a version.
      .find((file) => new RegExp(`^${name}\\.so(\\.\\d+)?$`).test(path.basename(file)));
  const cublas = library("libcublas");
  const cublasLt = library("libcublasLt");
  return {
    include: path.join(place, "include"),
    complete: true,
    ...(cublas && cublasLt && { libraries: { cublas, cublasLt } }),
  };
}

/**
 * What libggml-cuda.so is linked against in the driver's place: the toolkit's stub, or an empty library of the same name
 * that is made here. No machine without a driver has the driver's library itself.
 * @returns {{ file: string, ours: boolean }}
 */
export function driverStub(root, folder) {
  const places = ["lib64/stubs", "targets/x86_64-linux/lib/stubs", "targets/sbsa-linux/lib/stubs"];
  const found = places
    .map((place) => path.join(root, place, "libcuda.so"))
    .find((file) => existsSync(file));
  if (found) return { file: found, ours: false };
  mkdirSync(folder, { recursive: true });
  const source = path.join(folder, "empty.c");
  const file = path.join(folder, "libcuda.so");
  writeFileSync(source, "");
  execFileSync("cc", ["-shared", "-o", file, source, "-Wl,-soname,libcuda.so.1"]);
  return { file, ours: true };
}
