// What happens at `npm install`: files are unpacked, and nothing else.

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { root } from "../native/paths.mjs";

const FOLDERS = [
  "dist",
  "lib",
  "docs",
  "native",
  "scripts",
  "cmake",
  "models",
  "licenses",
  "prebuilds",
];

/** npm leaves them out, without a word: libraries with versions in their names are lost that way. */
export function checkLinks({ links }) {
  const found = FOLDERS.filter((folder) => existsSync(path.join(root, folder))).flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isSymbolicLink())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name))),
  );
  return {
    looked: `the tarball, ${FOLDERS.length} folders that go into it`,
    failures: [...links, ...found].map((link) => `not a file: ${link}`),
  };
}

const HOOKS = ["preinstall", "install", "postinstall"];

/** @param {import("./pack.mjs").Pack} pack */
export function checkInstall({ files, manifest }) {
  const failures = HOOKS.filter((hook) => manifest.scripts?.[hook] !== undefined).map(
    (hook) => `package.json has the script "${hook}", which npm runs, warns about or refuses`,
  );
  // Yarn compiles where it sees one, whatever package.json says, and fails where it can't.
  if (files.some((file) => file.path === "binding.gyp")) {
    failures.push("binding.gyp is in the package: package managers run node-gyp for it");
  }
  return { looked: [...HOOKS, "binding.gyp"].join(", "), failures };
}
