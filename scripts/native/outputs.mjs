// What a build leaves to be loaded: the addon and, in the dynamic layout, its companions, on Linux in a folder named for
// the C library, elsewhere beside it.

import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

const LOADABLE = /\.(node|so|dylib|dll)$|\.so\.\d+$/;

/** Folders of companions, as node-gyp-build tags the addon that they belong to. */
export const COMPANION_FOLDERS = ["glibc", "musl"];

/** Loadable files of an output folder, relative to it, with `/` on all systems. */
export function listOutputs(outputDir) {
  const inFolder = (folder) =>
    existsSync(path.join(outputDir, folder))
      ? readdirSync(path.join(outputDir, folder))
          .filter((name) => LOADABLE.test(name))
          .map((name) => path.posix.join(folder, name))
      : [];
  return [".", ...COMPANION_FOLDERS].flatMap(inFolder).sort();
}

/**
 * Those of `files` that a build with these options has not made: a folder that is built anew with other ones keeps the
 * old ones otherwise, and a GPU backend that lies there is used.
 * @param {string[]} files  as `listOutputs` gives them
 * @param {Record<string, string>} options  CMake's
 */
export function staleOutputs(files, options) {
  const isOn = (name) => options[name] === "ON";
  const inFolder = files.some((file) => file.includes("/"));
  return files.filter((file) => {
    const name = path.posix.basename(file);
    if (name.endsWith(".node")) return false;
    if (options.STEADY_LAYOUT !== "dynamic") return true;
    if (inFolder && name === file) return true;
    const gpu = name.match(/ggml-(cuda|metal|vulkan)\./)?.[1];
    if (gpu) return !isOn(`STEADY_${gpu.toUpperCase()}`);
    if (name.includes("ggml-cpu.")) return isOn("GGML_CPU_ALL_VARIANTS");
    if (name.includes("ggml-cpu-")) return !isOn("GGML_CPU_ALL_VARIANTS");
    if (name.startsWith("libgomp")) return !isOn("STEADY_BUNDLE_OPENMP");
    return false;
  });
}

/** Removes them, and folders of companions that are empty then. */
export function removeStaleOutputs(outputDir, options) {
  for (const file of staleOutputs(listOutputs(outputDir), options)) {
    rmSync(path.join(outputDir, file), { force: true });
  }
  for (const name of COMPANION_FOLDERS) {
    const folder = path.join(outputDir, name);
    if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
  }
}
