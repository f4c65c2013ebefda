import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../package-root.js";
import type { BuildFacts, MissingTools } from "../facts.js";

/** scripts/native/missing-tools.mjs */
interface Tools {
  missingTools(needs: {
    cuda: boolean;
  }): { what: string; install: string[]; get: string[] } | undefined;
}

/** What `npx steady-whisper build` would find. */
export async function collectBuild(): Promise<BuildFacts> {
  const script = join(packageRoot, "scripts", "native", "missing-tools.mjs");
  const tools = existsSync(script)
    ? ((await import(pathToFileURL(script).href)) as Tools)
    : undefined;
  const missing = (cuda: boolean) => tools && missingFacts(tools, cuda);
  return {
    sources: tools !== undefined && hasWhisperSource(),
    writable: isWritable(packageRoot),
    missing: { cpu: missing(false), cuda: missing(true) },
  };
}

function missingFacts(tools: Tools, cuda: boolean): MissingTools | undefined {
  const missing = tools.missingTools({ cuda });
  if (missing === undefined) return undefined;
  return {
    what: missing.what,
    command: missing.install.join(" && ") || undefined,
    download: missing.get.map((each) => `get ${each}`).join("; ") || undefined,
  };
}

/** The package carries it; a checkout has it from a development dependency. */
function hasWhisperSource(): boolean {
  if (process.env.WHISPER_CPP_DIR) return true;
  if (existsSync(join(packageRoot, "deps", "whisper.cpp", "src", "whisper.cpp"))) return true;
  try {
    createRequire(import.meta.url).resolve("nodejs-whisper/package.json");
    return true;
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
