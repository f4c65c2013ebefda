import { createRequire } from "node:module";
import path from "node:path";

/** A path of this package, wherever this file was compiled to. */
export function packagePath(...parts: string[]): string {
  const manifest = createRequire(import.meta.url).resolve("steady-whisper/package.json");
  return path.join(path.dirname(manifest), ...parts);
}
