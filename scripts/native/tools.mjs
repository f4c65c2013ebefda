// Where the tools of a build are, and what NVIDIA's say.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { BuildError } from "./build-error.mjs";

/** A command's path, or undefined. */
export function which(command) {
  const suffixes =
    process.platform === "win32" ? (process.env.PATHEXT ?? ".EXE;.CMD").split(";") : [""];
  if (path.isAbsolute(command)) return existsSync(command) ? command : undefined;
  for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const suffix of suffixes) {
      const file = path.join(folder, command + suffix);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}

export function findNvcc() {
  const places = [process.env.CUDACXX, "nvcc", "/usr/local/cuda/bin/nvcc", "/opt/cuda/bin/nvcc"];
  return places.filter(Boolean).map(which).find(Boolean);
}

/** `--arch native`: what the installed GPUs are. `--arch 90`: that. As CMAKE_CUDA_ARCHITECTURES wants it. */
export function cudaArchitectures(arch) {
  if (arch !== "native") {
    const list = arch.split(/[,;]/);
    const wrong = list.find((entry) => !/^\d{2,3}[af]?(-real|-virtual)?$/.test(entry));
    if (wrong !== undefined) {
      throw new BuildError(
        `--arch must be "native" or compute capabilities without dot, such as 90 or 86,90; received "${arch}"`,
        "ERR_WHISPER_BUILD_OPTION",
      );
    }
    return list.join(";");
  }
  const { stdout, status } = spawnSync(
    "nvidia-smi",
    ["--query-gpu=compute_cap", "--format=csv,noheader"],
    { encoding: "utf8" },
  );
  const found = status === 0 ? stdout.match(/^\d+\.\d+$/gm) : null;
  if (!found) {
    throw new BuildError(
      "nvidia-smi names no GPU on this machine: say which to build for, for example --arch 90 (compute capability 9.0)",
      "ERR_WHISPER_BUILD_OPTION",
    );
  }
  return [...new Set(found.map((cap) => `${cap.replace(".", "")}-real`))].join(";");
}
