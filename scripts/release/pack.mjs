import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { root } from "../native/paths.mjs";

/** Packs this checkout, as `npm publish` would, into build/package; gives the tarball's path. */
export function packHere() {
  const folder = path.join(root, "build/package");
  mkdirSync(folder, { recursive: true });
  const printed = execFileSync("npm", ["pack", "--json", "--pack-destination", "build/package"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "inherit"],
  });
  // What prepack prints comes first.
  const [{ filename }] = JSON.parse(printed.slice(printed.search(/^\[/m)));
  return path.join(folder, filename);
}
