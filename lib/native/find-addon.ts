import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { packageRoot } from "../package-root.js";

const require = createRequire(import.meta.url);

/** An addon that could be used. */
export interface AddonCandidate {
  /**
   * - `override`: named by `STEADY_WHISPER_ADDON`; nothing else counts then.
   * - `built`: what `npx steady-whisper build` made on this machine.
   * - `prebuilt`: of the package, for this platform and C library.
   */
  readonly kind: "override" | "built" | "prebuilt";
  readonly path: string;
}

/** All that are there, the first one being the one to use; an override is there whether its file exists or not. */
export function addonCandidates(): AddonCandidate[] {
  const override = process.env.STEADY_WHISPER_ADDON;
  if (override) return [{ kind: "override", path: resolve(override) }];
  const candidates: AddonCandidate[] = [];
  const built = join(packageRoot, "build", "Release", "steady_whisper.node");
  if (existsSync(built)) candidates.push({ kind: "built", path: built });
  const prebuilt = findPrebuilt();
  if (prebuilt !== undefined) candidates.push({ kind: "prebuilt", path: prebuilt });
  return candidates;
}

function findPrebuilt(): string | undefined {
  try {
    const nodeGypBuild = require("node-gyp-build") as { resolve(folder: string): string };
    const path = nodeGypBuild.resolve(packageRoot);
    // It looks into build/ as well.
    return path.startsWith(join(packageRoot, "build")) ? undefined : path;
  } catch {
    return undefined; // its word for "there is none"
  }
}
