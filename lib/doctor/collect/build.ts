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
  const script = join(packageRoot, "scripts", "native", "tools.mjs");
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

/** The builder's message ends with the line to run. */
function parts(message: string | undefined): MissingTools | undefined {
  if (message === undefined) return undefined;
  const what = message.match(/: (.*?) not found/)?.[1] ?? message.trim().replaceAll(/\s+/g, " ");
  return { what, command: message.match(/^ {4}(\S.*)$/m)?.[1]?.trim() };
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
