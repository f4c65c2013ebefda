// The CPU variants that a portable build has.

import { readFileSync } from "node:fs";
import path from "node:path";
import { BuildError } from "../native/build-error.mjs";

/**
 * As ggml's own CMake files listed them when the folder was configured: all that ggml has for this architecture and
 * compiler.
 * @param {string} buildFolder
 */
export function configuredVariants(buildFolder) {
  const cache = readFileSync(path.join(buildFolder, "CMakeCache.txt"), "utf8");
  const backends = cache.match(/^GGML_AVAILABLE_BACKENDS:\w+=(.*)$/m)?.[1] ?? "";
  const variants = backends.split(";").flatMap((name) => name.match(/^ggml-cpu-(.+)$/)?.[1] ?? []);
  if (variants.length === 0) {
    throw new BuildError(`${buildFolder} was configured with no CPU variants ("${backends}")`);
  }
  return variants;
}
