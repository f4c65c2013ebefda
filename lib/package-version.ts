import { readFileSync } from "node:fs";

/** The version of this package. */
export function packageVersion(): string {
  // The same step up from lib and from dist.
  const path = new URL("../package.json", import.meta.url);
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}
