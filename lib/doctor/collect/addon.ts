import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { currentLibc } from "../../machine/libc.js";
import { type AddonCandidate, addonCandidates } from "../../native/find-addon.js";
import { packageRoot } from "../../package-root.js";
import type { AddonFacts, CandidateFacts, PrebuildRequirements, UseFacts } from "../facts.js";
import type { Probe } from "../run-probe.js";

/** Every file that could be the addon, each loaded in a process of its own, and the one in use at work. */
export async function collectAddon(probe: Probe): Promise<AddonFacts> {
  const candidates: CandidateFacts[] = [];
  for (const candidate of withHiddenPrebuild(addonCandidates())) {
    candidates.push(await examine(candidate, probe));
  }
  // The library takes the first that exists, whether that can be loaded or not.
  const first = candidates.find(({ exists }) => exists);
  const forced = process.env.STEADY_WHISPER_CPU_VARIANT;
  return {
    candidates,
    prebuilds: listPrebuilds(),
    use: first?.loads ? await use(first.path, probe) : undefined,
    forcedVariant: forced || undefined,
  };
}

/** A build hides the prebuild. Whether that could be used matters where the build can't. */
function withHiddenPrebuild(candidates: readonly AddonCandidate[]): AddonCandidate[] {
  const kinds = candidates.map(({ kind }) => kind);
  if (!kinds.includes("built") || kinds.includes("prebuilt")) return [...candidates];
  const libc = currentLibc()?.name;
  const name = ["steady-whisper", libc, "node"].filter(Boolean).join(".");
  const path = join(packageRoot, "prebuilds", `${process.platform}-${process.arch}`, name);
  return existsSync(path) ? [...candidates, { kind: "prebuilt", path }] : [...candidates];
}

async function examine(candidate: AddonCandidate, probe: Probe): Promise<CandidateFacts> {
  const { kind, path } = candidate;
  if (!existsSync(path)) return { kind, path, exists: false, loads: false };
  const { loads = false, failure, error, death } = await probe({ task: "load", path });
  return {
    ...{ kind, path, exists: true, loads: loads && death === undefined },
    ...{ failure, error, death },
    requirements: kind === "prebuilt" ? readRequirements(path) : undefined,
  };
}

async function use(path: string, probe: Probe): Promise<UseFacts> {
  const { system, availableBytes, text, error, death } = await probe({ task: "use" });
  return { layout: layoutOf(path), system, availableBytes, text, error, death };
}

const GGML = /^(lib)?steady-ggml\.(so|dylib|dll)$/;
const LIBCS = ["glibc", "musl"];

/** Its libraries lie in a folder that is called after the C library (Linux), or beside it. */
function layoutOf(path: string): "static" | "dynamic" {
  const folder = dirname(path);
  const folders = [folder, ...LIBCS.map((libc) => join(folder, libc))];
  return folders.some((each) => filesIn(each).some((file) => GGML.test(file)))
    ? "dynamic"
    : "static";
}

function readRequirements(path: string): PrebuildRequirements | undefined {
  const folder = dirname(path);
  const libc = path.match(/\.(glibc|musl)\.node$/)?.[1] ?? "";
  try {
    return JSON.parse(readFileSync(join(folder, libc, "requirements.json"), "utf8"));
  } catch {
    return undefined; // says nothing
  }
}

function listPrebuilds(): string[] {
  const folder = join(packageRoot, "prebuilds");
  return filesIn(folder).flatMap((system) => {
    const addons = filesIn(join(folder, system)).filter((file) => file.endsWith(".node"));
    if (addons.length === 0) return [];
    const libcs = addons.map((file) => file.match(/\.(glibc|musl)\.node$/)?.[1]).filter(Boolean);
    return [libcs.length === 0 ? system : `${system} (${libcs.join(", ")})`];
  });
}

/** Names of what is in a folder; none if it isn't there. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
