// Licences of what `npm install steady-whisper` brings along, by the lock file's record of them.

import { readFileSync } from "node:fs";
import path from "node:path";
import satisfies from "spdx-satisfies";
import { root } from "../native/paths.mjs";

/** Without conditions on what links or bundles them. */
const PERMISSIVE = [
  "MIT",
  "MIT-0",
  "ISC",
  "0BSD",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "Unlicense",
  "CC0-1.0",
];

export function checkDependencyLicences() {
  const { packages } = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));
  const installed = Object.entries(packages).filter(([place, entry]) => place !== "" && !entry.dev);
  const failures = installed
    .filter(([, { license }]) => !isPermissive(license))
    .map(
      ([place, { version, license }]) =>
        `${place.replace(/^.*node_modules\//, "")} ${version}: ${license ?? "names no licence"}`,
    );
  return { looked: `${installed.length} packages`, failures };
}

export function isPermissive(license) {
  try {
    return satisfies(license, PERMISSIVE);
  } catch {
    return false; // not an SPDX expression
  }
}
