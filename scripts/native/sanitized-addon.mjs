// The addon under a sanitizer, for Node.

import path from "node:path";
import { ADDON, build, fileOf } from "./build.mjs";
import { BuildError } from "./build-error.mjs";

/** Builds it, as `variant` "asan" or "tsan", and gives its path. */
export async function sanitizedAddon(variant) {
  if (process.platform !== "linux") {
    throw new BuildError(
      "the sanitizer's runtime is preloaded as on Linux: there is no other way here yet",
    );
  }
  const { outputDir } = await build({
    variant,
    targets: [ADDON],
    quiet: !process.env.CI,
  });
  return path.join(outputDir, fileOf(ADDON));
}
