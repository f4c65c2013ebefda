// The tools and libraries that a build needs and that aren't there, and the line that installs them.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { devNull } from "node:os";
import path from "node:path";
import { DOWNLOADS, installLines } from "./package-managers.mjs";
import { findNvcc, which } from "./tools.mjs";

/** A compiler for C++, or undefined. */
function findCompiler() {
  const names = [process.env.CXX?.split(" ")[0], "g++", "clang++", "c++"];
  return names.filter(Boolean).map(which).find(Boolean);
}

function compiles(compiler, source, flags) {
  const { status } = spawnSync(compiler, ["-x", "c++", "-", "-o", devNull, ...flags], {
    input: source,
  });
  return status === 0;
}

/** Clang alone is not enough: its runtimes are often a package of their own. */
function linksFuzzers() {
  if (!which("clang") || !which("clang++")) return false;
  return compiles(
    "clang++",
    `extern "C" int LLVMFuzzerTestOneInput(const unsigned char *, unsigned long) { return 0; }`,
    ["-fsanitize=fuzzer,address,undefined"],
  );
}

/** Numbers of the installed CMake, such as [3, 25]; undefined when there is none. */
function cmakeVersion() {
  if (!which("cmake")) return undefined;
  const { stdout } = spawnSync("cmake", ["--version"], { encoding: "utf8" });
  return stdout
    ?.match(/version (\d+)\.(\d+)/)
    ?.slice(1)
    .map(Number);
}

/** The toolkit can be installed in parts; ggml needs the compiler and cuBLAS. */
function missingForCuda() {
  const nvcc = findNvcc();
  if (!nvcc) return ["nvcc"];
  // For other failures, of a host compiler that it doesn't take for example, nvcc's own words are better: the build has them.
  const { stderr } = spawnSync(nvcc, ["-E", "-x", "cu", "-include", "cublas_v2.h", devNull], {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"], // what it preprocesses is megabytes
  });
  return /cublas_v2\.h/.test(stderr ?? "") ? ["cublas"] : [];
}

/** What ggml's Vulkan backend is compiled with: a shader compiler, two sets of headers and the loader. */
function missingForVulkan(compiler) {
  const sdk = process.env.VULKAN_SDK;
  const missing = [];
  const inSdk =
    sdk && ["glslc", "glslc.exe"].some((name) => existsSync(path.join(sdk, "bin", name)));
  if (!which("glslc") && !inSdk) missing.push("glslc");
  if (process.platform === "win32") return sdk ? missing : [...missing, "vulkan"];
  // Homebrew's are not among the places where Apple's compiler looks, but CMake does.
  const homebrew = process.platform === "darwin" ? ["/opt/homebrew", "/usr/local"] : [];
  const prefixes = [...(sdk ? [sdk] : []), ...homebrew];
  const includes = prefixes.map((prefix) => `-I${path.join(prefix, "include")}`);
  const libraries = prefixes.map((prefix) => `-L${path.join(prefix, "lib")}`);
  const preprocesses = (header) =>
    compiler
      ? compiles(compiler, `#include <${header}>\n`, ["-E", ...includes])
      : ["/usr/include", "/usr/local/include"].some((at) => existsSync(path.join(at, header)));
  const links = () =>
    !compiler || compiles(compiler, "int main() {}\n", [...libraries, "-lvulkan"]);
  if (!preprocesses("vulkan/vulkan.hpp") || !links()) missing.push("vulkan");
  if (!preprocesses("spirv/unified1/spirv.hpp")) missing.push("spirv");
  return missing;
}

/** What tools are called in messages. */
const NAMES = {
  cmake: "CMake",
  xcode: "Xcode's command line tools",
  compiler: "a C++17 compiler",
  make: "Ninja or make",
  nvcc: "NVIDIA's CUDA toolkit (nvcc)",
  cublas: "cuBLAS's headers (cublas_v2.h, a part of the CUDA toolkit)",
  glslc: "the shader compiler glslc",
  vulkan: "Vulkan's headers and loader",
  spirv: "SPIR-V's headers",
  clang: "Clang with libFuzzer (compiler-rt)",
};

/**
 * @typedef {object} Missing
 * @property {string} what  in words
 * @property {string[]} install  lines that install it
 * @property {string[]} get  what no line installs, and where it is
 * @property {string} [otherwise]  what to do when the lines weren't enough
 */

/**
 * What is missing for a build; undefined when all is there.
 * @returns {Missing | undefined}
 * @param {{ cuda: boolean, vulkan?: boolean, fuzz?: boolean }} needs
 */
export function missingTools({ cuda, vulkan = false, fuzz = false }) {
  const missing = [];
  const oldest = vulkan ? 19 : 18;
  const cmake = cmakeVersion();
  const oldCmake = cmake && (cmake[0] < 3 || (cmake[0] === 3 && cmake[1] < oldest));
  if (!cmake || oldCmake) missing.push("cmake");
  // Without them /usr/bin/clang++ is there, and only asks for them.
  const noXcode = process.platform === "darwin" && spawnSync("xcode-select", ["-p"]).status !== 0;
  const compiler = noXcode ? undefined : findCompiler();
  if (noXcode) missing.push("xcode");
  // On Windows cmake-js looks for Visual Studio, and says so when there is none.
  if (process.platform !== "win32" && !noXcode) {
    if (!compiler) missing.push("compiler");
    if (!which("ninja") && !which("make")) missing.push("make");
  }
  if (cuda) missing.push(...missingForCuda());
  if (vulkan) missing.push(...missingForVulkan(compiler));
  if (fuzz && !linksFuzzers()) missing.push("clang");
  if (missing.length === 0) return undefined;

  const found = oldCmake ? `, here is ${cmake.join(".")}` : "";
  const names = missing.map((tool) =>
    tool === "cmake" ? `${NAMES.cmake} (3.${oldest} or newer${found})` : NAMES[tool],
  );
  const { lines, unknown } = installLines(missing, which);
  return {
    what: names.join(", "),
    install: lines,
    get: unknown.map(
      (tool) => `${NAMES[tool]} ${DOWNLOADS[tool] ?? "with your system's package manager"}`,
    ),
    ...(oldCmake &&
      !unknown.includes("cmake") && {
        otherwise: `If that one is as old, get CMake ${DOWNLOADS.cmake}`,
      }),
  };
}

/** The same as one message. @param {Missing} missing */
export function missingText({ what, install, get, otherwise }) {
  const lines = [`steady-whisper can't be built: ${what} not found.`];
  if (install.length > 0)
    lines.push("Install with:", "", ...install.map((line) => `    ${line}`), "");
  lines.push(...get.map((each) => `Get ${each}`));
  if (otherwise) lines.push(otherwise);
  lines.push("Then run this again.");
  return lines.join("\n");
}
