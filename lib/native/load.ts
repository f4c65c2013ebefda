import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { WhisperError } from "../errors.js";
import type { NativeAddon } from "./binding.js";
import { fromNative } from "./errors.js";

const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const require = createRequire(import.meta.url);

let loaded: NativeAddon | undefined;

/**
 * The addon, loaded on first use. Candidates in this order: `STEADY_WHISPER_ADDON` (a path), a build in
 * `build/Release`, a prebuilt binary in `prebuilds/` (by node-gyp-build).
 *
 * @throws {WhisperError} `ERR_WHISPER_ADDON_NOT_FOUND`: none is there, or it can't be loaded;
 *   `ERR_WHISPER_BACKEND_UNAVAILABLE`: it found no CPU backend beside it.
 */
export function native(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  const path = addonPath();
  const addon = requireAddon(path);
  try {
    addon.loadBackends(dirname(path));
  } catch (error) {
    throw fromNative(error);
  }
  return addon;
}

function requireAddon(path: string): NativeAddon {
  try {
    return require(path) as NativeAddon;
  } catch (cause) {
    throw new WhisperError(
      "ERR_WHISPER_ADDON_NOT_FOUND",
      `the native addon ${path} could not be loaded: ${cause instanceof Error ? cause.message : cause}. Rebuild it with \`node ${join(packageRoot, "scripts", "build-native.mjs")}\``,
      { cause },
    );
  }
}

function addonPath(): string {
  const override = process.env.STEADY_WHISPER_ADDON;
  if (override) return resolve(override);
  const built = join(packageRoot, "build", "Release", "steady_whisper.node");
  if (existsSync(built)) return built;
  try {
    const nodeGypBuild = require("node-gyp-build") as { resolve(folder: string): string };
    return nodeGypBuild.resolve(packageRoot);
  } catch (cause) {
    throw new WhisperError(
      "ERR_WHISPER_ADDON_NOT_FOUND",
      `there is no native addon for ${process.platform}-${process.arch} in ${packageRoot}; build it with \`node ${join(packageRoot, "scripts", "build-native.mjs")}\` (needs cmake and a C++17 compiler)`,
      { cause },
    );
  }
}
