// What a loadable file asks of the machine that loads it, as the platform's own tool tells it.

import { spawnSync } from "node:child_process";
import { BuildError } from "../native/build-error.mjs";

/**
 * @typedef {object} Binary
 * @property {string[]} needed  libraries that it is linked with, as it names them
 * @property {string[]} searchPaths  where the loader looks for them first
 * @property {string | undefined} name  what others that are linked with it call it
 * @property {string[]} exports  symbols that it has for others
 * @property {string[]} versions  symbol versions that it needs, such as GLIBC_2.34 (Linux)
 */

/**
 * @param {string} file
 * @returns {Binary}
 */
export function readBinary(file) {
  if (process.platform === "darwin") return readMachO(file);
  return process.platform === "win32" ? readPe(file) : readElf(file);
}

function readElf(file) {
  const dynamic = tool("readelf", ["--wide", "--dynamic", file]);
  const entries = (tag) => matches(dynamic, new RegExp(`\\(${tag}\\).*\\[(.*)\\]`, "g"));
  // Number, value, size, type, binding, visibility, section, name; UND is what it wants from others.
  const symbol = /^ *\d+: +\S+ +\S+ +\S+ +(?:GLOBAL|WEAK|UNIQUE) +\S+ +(?!UND)\S+ +([^\s@]+)/gm;
  // One paragraph for each library that versions are needed of; those that the file itself defines come in another.
  const needs = tool("readelf", ["--wide", "--version-info", file]).split(/^Version needs/m)[1];
  return {
    needed: entries("NEEDED"),
    searchPaths: [...entries("RUNPATH"), ...entries("RPATH")].flatMap((list) => list.split(":")),
    name: entries("SONAME")[0],
    exports: matches(tool("readelf", ["--wide", "--dyn-syms", file]), symbol),
    versions: matches(needs ?? "", /Name: (\S+)/g),
  };
}

function readMachO(file) {
  const commands = tool("otool", ["-l", file]);
  const lines = (command, key) =>
    matches(commands, new RegExp(`cmd ${command}\\n(?:.*\\n)*? +${key} (.*) \\(offset`, "g"));
  return {
    needed: lines("LC_(?:LOAD|LOAD_WEAK|REEXPORT)_DYLIB", "name"),
    searchPaths: lines("LC_RPATH", "path"),
    name: lines("LC_ID_DYLIB", "name")[0],
    exports: matches(tool("nm", ["-gUj", file]), /^_(\S+)$/gm),
    versions: [],
  };
}

function readPe(file) {
  const listing = tool("dumpbin", ["/nologo", "/dependents", "/exports", file]);
  return {
    needed: matches(listing, /^ +(\S+\.(?:dll|exe))\r?$/gim),
    searchPaths: [],
    name: undefined,
    exports: matches(listing, /^ +\d+ +[0-9A-F]+ +[0-9A-F]{8} (\S+)/gm),
    versions: [],
  };
}

function matches(text, pattern) {
  return [...text.matchAll(pattern)].map(([, found]) => found);
}

function tool(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    maxBuffer: 1 << 28,
  });
  if (error) throw new BuildError(`${command} could not be started: ${error.message}`);
  if (status !== 0) throw new BuildError(`${command} ${args.join(" ")} failed: ${stderr.trim()}`);
  return stdout;
}
