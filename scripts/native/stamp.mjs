// Is a build newer than everything that it was made of? Answered by content, not by time stamps: a checkout, `npm ci`
// and a restored cache change times without changing anything.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";

const SOURCE = /(\.(c|cc|cpp|cu|cuh|h|hpp|m|metal|S|comp|glsl|cmake|in|map)|CMakeLists\.txt)$/;

/** A hash of all sources that a build can read. `tests`: those of the test programs too. */
export function hashSources(whisperDir, { cuda, vulkan, tests }) {
  const hash = createHash("sha256");
  const add = (file) => {
    hash.update(`${path.relative(root, file)}\0`);
    hash.update(readFileSync(file));
  };

  for (const file of walk(path.join(root, "native"))) {
    if (tests || !/native[\\/](test|fuzz)[\\/]/.test(file)) add(file);
  }
  for (const file of walk(path.join(root, "cmake"))) add(file);
  add(path.join(root, "CMakeLists.txt"));

  const backends = [
    "cpu",
    "blas",
    "metal",
    ...(cuda ? ["cuda"] : []),
    ...(vulkan ? ["vulkan"] : []),
  ];
  add(path.join(whisperDir, "CMakeLists.txt"));
  for (const folder of ["include", "src", "ggml", "examples/cli"]) {
    for (const file of walk(path.join(whisperDir, folder))) {
      // Backends that this build hasn't got; CUDA's kernels are most of the tree.
      const backend = file.match(/ggml[\\/]src[\\/]ggml-([a-z]+)[\\/]/)?.[1];
      if (backend && !backends.includes(backend)) continue;
      add(file);
    }
  }
  for (const name of readdirSync(path.join(whisperDir, "examples")).sort()) {
    if (SOURCE.test(name)) add(path.join(whisperDir, "examples", name));
  }
  return hash.digest("hex");
}

function walk(folder) {
  if (!existsSync(folder)) return []; // the published package leaves out what only tests need
  return readdirSync(folder, { recursive: true })
    .filter((name) => SOURCE.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}
