import { createRequire } from "node:module";
import { dirname } from "node:path";
import { WhisperError } from "../errors.js";
import { packageRoot } from "../package-root.js";
import type { NativeAddon } from "./binding.js";
import { fromNative } from "./errors.js";
import { type AddonCandidate, addonCandidates } from "./find-addon.js";
import { explainLoadFailure } from "./load-failure.js";

const require = createRequire(import.meta.url);

interface Loaded {
  readonly addon: NativeAddon;
  readonly path: string;
}

let loaded: Loaded | undefined;

/**
 * The addon, loaded on first use: the first of `addonCandidates()`, with the best CPU backend for this machine, or the
 * one that `STEADY_WHISPER_CPU_VARIANT` names. GPU backends: see `gpu-backends.ts`.
 *
 * @throws {WhisperError} `ERR_WHISPER_ADDON_NOT_FOUND`: none is there, or it can't be loaded;
 *   `ERR_WHISPER_BACKEND_UNAVAILABLE`: it found no CPU backend beside it that this CPU can run.
 */
export function native(): NativeAddon {
  loaded ??= load();
  return loaded.addon;
}

/** The file of the addon that `native()` gives. */
export function nativePath(): string {
  loaded ??= load();
  return loaded.path;
}

function load(): Loaded {
  const { kind, path } = addonToUse();
  const addon = requireAddon(kind, path);
  try {
    addon.loadBackends(dirname(path), process.env.STEADY_WHISPER_CPU_VARIANT || undefined);
  } catch (error) {
    throw fromNative(error);
  }
  return { addon, path };
}

function requireAddon(kind: AddonCandidate["kind"], path: string): NativeAddon {
  try {
    return require(path) as NativeAddon;
  } catch (cause) {
    const { reason, remedy } = explainLoadFailure(cause, path);
    const help =
      kind === "override"
        ? "STEADY_WHISPER_ADDON names it, and nothing else is tried then: unset or correct it."
        : remedy;
    throw new WhisperError(
      "ERR_WHISPER_ADDON_NOT_FOUND",
      `the native addon ${path} could not be loaded. ${reason} ${help}`,
      { cause },
    );
  }
}

function addonToUse(): AddonCandidate {
  const [first] = addonCandidates();
  if (first) return first;
  throw new WhisperError(
    "ERR_WHISPER_ADDON_NOT_FOUND",
    `there is no native addon for ${process.platform}-${process.arch} in ${packageRoot}. Build it on this machine: ` +
      "`npx steady-whisper build` (needs CMake and a C++17 compiler, and says what is missing)",
  );
}
