// What was run, so that runs of one program aren't counted with those of another.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "../../bench/support/environment.mjs";
import { addon, checkAddon } from "../faults/pool.mjs";

/**
 * A hash of the library and of the addon that injects faults, as they are built.
 * @throws {Error} with a message for the user: the addon isn't
 */
export function programHash() {
  checkAddon();
  const hash = createHash("sha256");
  const library = path.join(root, "dist");
  const names = readdirSync(library, { recursive: true }).filter((name) => name.endsWith(".js"));
  for (const name of names.sort()) {
    hash.update(name).update(readFileSync(path.join(library, name)));
  }
  return hash.update(readFileSync(addon)).digest("hex").slice(0, 16);
}
