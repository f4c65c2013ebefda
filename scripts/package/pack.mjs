// The package as it would be published: packed by npm, unpacked into a folder.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../native/paths.mjs";

/**
 * @typedef {object} Pack
 * @property {string} tarball  path of the .tgz
 * @property {string} folder  its content, unpacked
 * @property {{ path: string, size: number }[]} files  with `/` on all systems
 * @property {string[]} links  entries of the tarball that are neither files nor folders
 * @property {number} packedBytes
 * @property {number} unpackedBytes
 * @property {Record<string, any>} manifest  package.json, as published
 */

/**
 * @template T
 * @param {string | undefined} keep  folder to leave everything in; a temporary one otherwise
 * @param {(pack: Pack) => Promise<T>} work
 */
export async function withPackage(keep, work) {
  const folder = keep
    ? path.resolve(keep)
    : mkdtempSync(path.join(tmpdir(), "steady-whisper-pack-"));
  mkdirSync(folder, { recursive: true });
  try {
    return await work(packInto(folder));
  } finally {
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Pack} */
function packInto(folder) {
  const stdout = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    shell: process.platform === "win32", // npm is a .cmd there
  });
  // What prepack prints comes first, with some versions of npm.
  const [packed] = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  const tarball = path.join(folder, packed.filename);
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  const unpacked = path.join(folder, "package");
  const listing = execFileSync("tar", ["-tvzf", tarball], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return {
    tarball,
    folder: unpacked,
    files: packed.files.map(({ path: name, size }) => ({ path: name, size })),
    links: listing.split("\n").filter((line) => line && !/^[-d]/.test(line)),
    packedBytes: statSync(tarball).size,
    unpackedBytes: packed.unpackedSize,
    manifest: JSON.parse(readFileSync(path.join(unpacked, "package.json"), "utf8")),
  };
}
