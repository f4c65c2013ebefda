// What must hold of a prebuild, so that it loads on machines other than the one that made it.

import { lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import { readBinary } from "./binary.mjs";
import { newest, newestOf } from "./versions.mjs";

/** What every machine has, by the name that a file is linked with. */
const SYSTEM_LIBRARIES = {
  glibc:
    /^(lib(c|m|dl|pthread|rt)\.so\.\d+|ld-linux-[\w-]+\.so\.\d+|libstdc\+\+\.so\.6|libgcc_s\.so\.1)$/,
  musl: /^(libc\.musl-\w+\.so\.1|ld-musl-\w+\.so\.1|libstdc\+\+\.so\.6|libgcc_s\.so\.1)$/,
  darwin: /^(\/usr\/lib\/|\/System\/Library\/)/,
  win32:
    /^(node\.exe|(kernel32|advapi32|user32|ws2_32|bcrypt|dbghelp|msvcp140\w*|vcruntime140\w*|vcomp140|ucrtbase|api-ms-win-[\w-]+)\.dll)$/i,
};

/** Where the loader may look first: in the folder of the file itself, and in that of its companions. */
const SEARCH_PATH = {
  linux: /^\$ORIGIN(\/(glibc|musl))?$/,
  darwin: /^@loader_path(\/\.)?$/,
};

const ENTRY_POINTS = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];

/** GCC's OpenMP library is bundled under the name that files are linked with. */
const VERSIONED = ["libgomp.so.1"];

/**
 * @typedef {object} Prebuild
 * @property {string} addon  path of the .node file
 * @property {string} folder  of its companions
 * @property {"glibc" | "musl" | undefined} libc
 * @property {string[]} variants  CPU variants that must be there
 */

/**
 * All files of a prebuild, the addon first.
 * @param {Prebuild} prebuild
 */
export function filesOf({ addon, folder }) {
  const companions = readdirSync(folder)
    .filter((name) => /\.(so|dylib|dll)(\.|$)/.test(name))
    .map((name) => path.join(folder, name));
  return [addon, ...companions];
}

/**
 * What is wrong with a prebuild, a sentence each, and the newest symbol versions that its files need.
 * @param {Prebuild} prebuild
 * @param {{ glibcMax?: string }} [limits]
 */
export function checkPrebuild(prebuild, { glibcMax } = {}) {
  const { addon, variants, libc } = prebuild;
  const files = filesOf(prebuild);
  const own = files.map((file) => path.basename(file));
  const problems = [];
  const versions = [];

  for (const file of files) {
    const name = path.basename(file);
    const complain = (what) => problems.push(`${name} ${what}`);
    if (lstatSync(file).isSymbolicLink()) complain("is a symbolic link, which npm leaves out");
    if (/\.so\.\d/.test(name) && !VERSIONED.includes(name)) complain("has a version in its name");
    const binary = readBinary(file);
    for (const library of binary.needed) {
      const inSystem = SYSTEM_LIBRARIES[libc ?? process.platform].test(library);
      if (!inSystem && !own.includes(library.replace(/^@rpath\//, ""))) {
        complain(`needs ${library}, which is neither here nor on every machine`);
      }
    }
    for (const place of binary.searchPaths) {
      if (!SEARCH_PATH[process.platform].test(place)) complain(`looks for libraries in ${place}`);
    }
    if (file === addon) {
      const more = binary.exports.filter((symbol) => !ENTRY_POINTS.includes(symbol));
      if (more.length > 0)
        complain(`exports ${more.slice(0, 5).join(", ")}: symbols for Node only`);
      const missing = ENTRY_POINTS.filter((symbol) => !binary.exports.includes(symbol));
      if (missing.length > 0) complain(`does not export ${missing.join(", ")}`);
    } else if (binary.name && path.basename(binary.name) !== name) {
      complain(`calls itself ${binary.name}`);
    }
    const needed = newestOf("GLIBC", binary.versions);
    if (glibcMax && needed && newest([needed, glibcMax]) !== glibcMax) {
      complain(`needs glibc ${needed}: newer than ${glibcMax}, build on an older system`);
    }
    versions.push(...binary.versions);
  }

  for (const variant of variants) {
    const stem = `ggml-cpu-${variant}`;
    const names = [`lib${stem}.so`, `${stem}.dll`];
    if (!own.some((file) => names.includes(file)))
      problems.push(`the CPU variant ${variant} is missing`);
  }
  return {
    problems,
    glibc: newestOf("GLIBC", versions),
    glibcxx: newestOf("GLIBCXX", versions),
  };
}
