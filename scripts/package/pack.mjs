// The package as it would be published: packed by npm, unpacked into a folder.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../native/paths.mjs";
import { npmPack } from "./npm-pack.mjs";

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
    return await work(await packInto(folder));
  } finally {
    if (!keep) rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Promise<Pack>} */
async function packInto(folder) {
  const { tarball, files, unpackedSize } = await npmPack(root, folder);
  execFileSync("tar", ["-xzf", tarball, "-C", folder]);
  const unpacked = path.join(folder, "package");
  const listing = execFileSync("tar", ["-tvzf", tarball], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return {
    tarball,
    folder: unpacked,
    files: files.map(({ path: name, size }) => ({ path: name, size })),
    links: listing.split("\n").filter((line) => line && !/^[-d]/.test(line)),
    packedBytes: statSync(tarball).size,
    unpackedBytes: unpackedSize,
    manifest: JSON.parse(readFileSync(path.join(unpacked, "package.json"), "utf8")),
  };
}
