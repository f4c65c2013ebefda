import { cpSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the command and the builder consist of and read. */
const PARTS = ["package.json", "CMakeLists.txt", "cmake", "native", "scripts", "dist"];

/** The package in a folder of its own, unbuilt: what is built there leaves the checkout alone. */
export function copyPackage(): string {
  const copy = mkdtempSync(join(tmpdir(), "steady whisper ü "));
  for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** An executable of Node's, in a folder for the PATH. */
export function writeTool(folder: string, name: string, code: string): void {
  writeFileSync(join(folder, name), `#!${process.execPath}\n${code}`, { mode: 0o755 });
}
