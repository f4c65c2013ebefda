// Which of ggml's CUDA sources stand for all of them.

import { readFileSync } from "node:fs";
import path from "node:path";
import { BuildError } from "../native/build-error.mjs";

/** The backend itself, and kernels of each sort that has no instances in files of their own. */
const NAMED = ["ggml-cuda.cu", "binbcast.cu", "concat.cu", "mmvq.cu"];

/**
 * One file of each family of template instances (fattn-mma, fattn-tile, fattn-vec, mmf, mmq and what a later version has),
 * and those named above.
 * @param {string[]} files  all of them
 */
export function sliceOf(files) {
  const families = new Map();
  for (const file of files) {
    const family = path.basename(file).match(/^(.+?)-instance-/)?.[1];
    if (family && !families.has(family)) families.set(family, file);
  }
  const named = NAMED.map((name) => {
    const file = files.find((one) => path.basename(one) === name);
    if (!file)
      throw new BuildError(`ggml has no ${name} any more: choose another file for the slice`);
    return file;
  });
  return [...named, ...families.values()];
}

/** Whether a source calls cuBLAS, rather than only mentioning its types as all do that include common.cuh. */
export function callsCublas(file) {
  return /\bcublas[A-Z]\w*\s*\(/.test(readFileSync(file, "utf8"));
}
