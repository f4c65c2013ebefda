import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./package-root.js";

/** The version of this package. */
export function packageVersion(): string {
  const path = join(packageRoot, "package.json");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
