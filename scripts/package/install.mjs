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
export function checkInstall({ manifest }) {
  const failures = HOOKS.filter((hook) => manifest.scripts?.[hook] !== undefined).map(
    (hook) => `package.json has the script "${hook}", which npm runs, warns about or refuses`,
  );
  // npm runs `node-gyp rebuild` by itself where it sees a binding.gyp.
  if (manifest.gypfile !== false) failures.push(`package.json lacks "gypfile": false`);
  return { looked: [...HOOKS, "gypfile"].join(", "), failures };
}
