#!/usr/bin/env node
// `npm pack` runs this first: puts the part of whisper.cpp's tree that a build needs into deps/whisper.cpp, so that a
// user without a matching prebuild can compile without network and without the development dependencies.

import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { require, root } from "./paths.mjs";

const source = process.env.WHISPER_CPP_DIR
  ? path.resolve(root, process.env.WHISPER_CPP_DIR)
  : path.join(path.dirname(require.resolve("nodejs-whisper/package.json")), "cpp/whisper.cpp");
const target = path.join(root, "deps/whisper.cpp");

// Backends that this package can build; ggml has a dozen more.
const BACKENDS = ["ggml-cpu", "ggml-blas", "ggml-cuda", "ggml-metal", "ggml-vulkan"];

const PARTS = [
  "LICENSE",
  "AUTHORS",
  "CMakeLists.txt", // for its version
  "include/whisper.h",
  "src/whisper.cpp",
  "src/whisper-arch.h",
  "ggml",
  "examples/miniaudio.h",
  "examples/grammar-parser.h",
  "examples/grammar-parser.cpp",
];

rmSync(target, { recursive: true, force: true });
for (const part of PARTS) {
  const from = path.join(source, part);
  if (!existsSync(from))
    throw new Error(`${from} is missing: is ${source} whisper.cpp's source tree?`);
  mkdirSync(path.dirname(path.join(target, part)), { recursive: true });
  cpSync(from, path.join(target, part), { recursive: true, filter: isWanted });
}
console.error(`staged whisper.cpp from ${path.relative(root, source)} to deps/whisper.cpp`);

function isWanted(file) {
  const inner = path.relative(source, file).split(path.sep);
  if (inner[0] === "ggml" && inner[1] === "src" && inner[2]?.startsWith("ggml-")) {
    const isBackendFolder = inner.length > 3 || !path.extname(inner[2]);
    return !isBackendFolder || BACKENDS.includes(inner[2]);
  }
  return true;
}
