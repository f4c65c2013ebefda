// The tools that a build needs, and the line that installs them.

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

/** Clang alone is not enough: its runtimes are often a package of their own. */
function linksFuzzers() {
  if (!which("clang") || !which("clang++")) return false;
  const { status } = spawnSync(
    "clang++",
    ["-x", "c++", "-", "-o", "/dev/null", "-fsanitize=fuzzer,address,undefined"],
    {
      input: `extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }`,
    },
  );
  return status === 0;
}

/** Package names by manager. What is missing is asked for together. */
const MANAGERS = [
  {
    command: "apt-get",
    prefix: "apt-get install -y",
    root: true,
    packages: {
      cmake: "cmake",
      compiler: "g++",
      make: "ninja-build",
      nvcc: "nvidia-cuda-toolkit",
      clang: "clang libclang-rt-dev llvm",
    },
  },
  {
    command: "dnf",
    prefix: "dnf install -y",
    root: true,
    packages: {
      cmake: "cmake",
      compiler: "gcc-c++",
      make: "ninja-build",
      nvcc: "cuda-toolkit",
      clang: "clang compiler-rt llvm",
    },
  },
  {
    command: "apk",
    prefix: "apk add",
    root: true,
    packages: {
      cmake: "cmake",
      compiler: "g++ linux-headers",
      make: "ninja",
      clang: "clang compiler-rt llvm",
    },
  },
  {
    command: "brew",
    prefix: "brew install",
    root: false,
    packages: { cmake: "cmake", compiler: "llvm", make: "ninja", clang: "llvm" },
  },
  {
    command: "winget",
    prefix: "winget install",
    root: false,
    packages: {
      cmake: "Kitware.CMake",
      compiler: "Microsoft.VisualStudio.2022.BuildTools",
      make: "Ninja-build.Ninja",
      nvcc: "Nvidia.CUDA",
    },
  },
];

/**
 * What is missing for a build, as one message that ends with the line to run; undefined when all is there.
 * @param {{ cuda: boolean, fuzz?: boolean }} needs
 */
export function missingTools({ cuda, fuzz = false }) {
  const missing = [];
  if (!which("cmake")) missing.push(["cmake", "CMake (3.18 or newer)"]);
  // On Windows cmake-js looks for Visual Studio, and says so when there is none.
  if (process.platform !== "win32") {
    const compilers = [process.env.CXX?.split(" ")[0], "g++", "clang++", "c++"].filter(Boolean);
    if (!compilers.some(which)) missing.push(["compiler", "a C++17 compiler"]);
    if (!which("ninja") && !which("make")) missing.push(["make", "Ninja or make"]);
  }
  if (cuda && !findNvcc()) missing.push(["nvcc", "NVIDIA's CUDA toolkit (nvcc)"]);
  if (fuzz && !linksFuzzers()) missing.push(["clang", "Clang with libFuzzer (compiler-rt)"]);
  if (missing.length === 0) return undefined;

  const message = `steady-whisper can't be built: ${missing.map(([, name]) => name).join(", ")} not found.`;
  const manager = MANAGERS.find((candidate) => which(candidate.command));
  const packages = manager && missing.map(([tool]) => manager.packages[tool]);
  if (!manager || packages.includes(undefined)) {
    const cudaHint = cuda ? " (CUDA: https://developer.nvidia.com/cuda-downloads)" : "";
    return `${message}\nInstall it with your system's package manager${cudaHint}, then run this again.`;
  }
  const sudo = manager.root && process.getuid?.() !== 0 ? "sudo " : "";
  return `${message}\nInstall with:\n\n    ${sudo}${manager.prefix} ${packages.join(" ")}\n`;
}

/** `--arch native`: what the installed GPUs are. `--arch 90`: that. As CMAKE_CUDA_ARCHITECTURES wants it. */
export function cudaArchitectures(arch) {
  if (arch !== "native") {
    const list = arch.split(/[,;]/);
    const wrong = list.find((entry) => !/^\d{2,3}[af]?(-real|-virtual)?$/.test(entry));
    if (wrong !== undefined) {
      throw new BuildError(
        `--arch must be "native" or compute capabilities without dot, such as 90 or 86,90; received "${arch}"`,
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
    );
  }
  return [...new Set(found.map((cap) => `${cap.replace(".", "")}-real`))].join(";");
}
