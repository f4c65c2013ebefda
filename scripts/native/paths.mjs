// Where things are. Nothing here is written.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "./build-error.mjs";

/** The package's own folder: a checkout, or node_modules/steady-whisper. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export const require = createRequire(path.join(root, "package.json"));

const manifest = "nodejs-whisper/package.json";
const insidePackage = "cpp/whisper.cpp";

/**
 * whisper.cpp's source tree, in the order that cmake/whisper-source.cmake documents. Done here as well because only
 * Node's own resolution finds a package that npm has hoisted. CMake checks what we pass, version included.
 */
export function findWhisperSource() {
  if (process.env.WHISPER_CPP_DIR) return path.resolve(root, process.env.WHISPER_CPP_DIR);
  // Before deps/, which `npm pack` fills for a while: builds that run meanwhile would start anew.
  if (existsSync(path.join(root, "node_modules", manifest))) return developmentSource();
  const staged = path.join(root, "deps/whisper.cpp");
  if (existsSync(path.join(staged, "src/whisper.cpp"))) return staged;
  try {
    return developmentSource();
  } catch {
    throw new BuildError(
      "whisper.cpp's source was not found: run `npm ci` in a checkout of steady-whisper, " +
        "or set WHISPER_CPP_DIR to a checkout of whisper.cpp",
      "ERR_WHISPER_BUILD_SOURCE",
    );
  }
}

function developmentSource() {
  return path.join(path.dirname(require.resolve(manifest)), insidePackage);
}
