import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFacts, MissingTools } from "../facts.js";
import { packageRoot } from "../package-root.js";

interface Tools {
  missingTools(needs: { cuda: boolean }): string | undefined;
}

/** What `npx steady-whisper build` would find. */
export async function collectBuild(): Promise<BuildFacts> {
  const script = join(packageRoot, "scripts", "native", "missing-tools.mjs");
  const tools = existsSync(script)
    ? ((await import(pathToFileURL(script).href)) as Tools)
    : undefined;
  const missing = (cuda: boolean) => tools && parts(tools.missingTools({ cuda }));
  return {
    sources: tools !== undefined && hasWhisperSource(),
    writable: isWritable(packageRoot),
    missing: { cpu: missing(false), cuda: missing(true) },
  };
}

/** The builder's message: what isn't there, indented lines that install it, and where to get what no line installs. */
function parts(message: string | undefined): MissingTools | undefined {
  if (message === undefined) return undefined;
  const what = message.match(/: (.*?) not found/)?.[1] ?? message.trim().replaceAll(/\s+/g, " ");
  const commands = [...message.matchAll(/^ {4}(\S.*)$/gm)].map((line) => line[1]?.trim());
  const downloads = [...message.matchAll(/^Get (.*)$/gm)].map((line) => `get ${line[1]?.trim()}`);
  return {
    what,
    command: commands.join(" && ") || undefined,
    download: downloads.join("; ") || undefined,
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
