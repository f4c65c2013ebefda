// Other packages over whisper.cpp: which are measured, where they are installed, and what they say about themselves.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { root } from "../support/environment.mjs";

const FOLDER = path.join(root, "build/peers");
const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * @typedef {object} Peer
 * @property {string} name  of the package
 * @property {string} version
 * @property {string} engine  a module in engines/
 * @property {Record<string, string>} [platform]  packages that hold its binaries for the CPU of this platform
 * @property {string} [libraries]  folder of shared libraries that its binary doesn't find by itself
 * @property {string} whisper  whisper.cpp's version in it
 */

/** @type {readonly Peer[]} */
export const PEERS = [
  {
    name: "smart-whisper",
    version: "0.8.1",
    engine: "smart-whisper",
    whisper: "1.7 (October 2024; its files name no version)",
  },
  {
    name: "@fugood/whisper.node",
    version: "1.1.3",
    engine: "fugood",
    // Its other binaries, for GPUs, are 240 MB that npm would install as well.
    platform: { [`@fugood/node-whisper-${PLATFORM}`]: "1.1.3" },
    whisper: "1.9.3",
  },
  {
    name: "@kutalia/whisper-node-addon",
    version: "1.1.0",
    engine: "kutalia",
    // Its binary looks for them in a folder of the machine that it was built on.
    libraries: path.join(
      folderOf("@kutalia/whisper-node-addon"),
      `node_modules/@kutalia/whisper-node-addon/dist/${PLATFORM}`,
    ),
    whisper: "1.7.6, a fork",
  },
];

/**
 * Installs what isn't there yet, each in a folder of its own: one that fails to compile doesn't keep the others away.
 *
 * @returns {Record<string, string>} why a peer couldn't be installed, by name
 */
export function installPeers(progress) {
  const failures = {};
  for (const { name, version, platform = {} } of PEERS) {
    const folder = folderOf(name);
    const dependencies = { [name]: version, ...platform };
    if (installedVersion(name) === version) continue;
    progress(`installing ${name} ${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      path.join(folder, "package.json"),
      JSON.stringify({ private: true, dependencies }),
    );
    try {
      execFileSync(
        "npm",
        ["install", "--omit=optional", "--no-audit", "--no-fund", "--no-package-lock"],
        { cwd: folder, stdio: ["ignore", "ignore", "pipe"], shell: process.platform === "win32" },
      );
    } catch (error) {
      failures[name] = lastLine(error.stderr?.toString() ?? error.message);
    }
  }
  return failures;
}

/** The module of an installed peer, and its versions. */
export function peer(name) {
  const { whisper } = PEERS.find((one) => one.name === name);
  return {
    module: createRequire(path.join(folderOf(name), "package.json"))(name),
    info: { version: installedVersion(name), whisper },
  };
}

function folderOf(name) {
  return path.join(FOLDER, name.replace("/", "+"));
}

function installedVersion(name) {
  const manifest = path.join(folderOf(name), "node_modules", name, "package.json");
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}

const lastLine = (text) => text.trim().split("\n").at(-1);
