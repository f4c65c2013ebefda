// Paths of the machine that the package was made on: they say who built it, differ from build to build, and lead nowhere.

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { root } from "../native/paths.mjs";

const BINARY = /\.(node|so|so\.1|dylib|dll)$/;
const OURS = /^(dist|lib|docs|scripts|cmake|native|prebuilds)\/|^[^/]+$/;

// A prebuild was made on another machine, whose folders can't be known. What compilers leave of them are names of sources
// (__FILE__, in ggml's assertions); the system's own headers lie in the same place everywhere.
const SOURCE_FILE =
  /(?<![\w.~-])(?:[A-Z]:)?(?:[\\/][\w.@+ -]+)+\.(?:cc|cpp|cxx|cuh?|c|hpp|h|mm?)(?![\w.])/g;
const SYSTEM = /^(?:\/usr\/(?:include|lib|local\/include|local\/cuda[\w.-]*)\/|\/opt\/rh\/)/;
// Where GitHub's runners work.
const WORKPLACE = /(?:\/home\/runner|\/Users\/runner|\/__w|[A-Z]:\\a)[\\/][\w.\\/-]+/g;

/** @param {import("./pack.mjs").Pack} pack */
export function checkMachinePaths({ files, folder }) {
  const looked = files.filter((file) => OURS.test(file.path));
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const { path: name } of looked) {
    const content = readFileSync(path.join(folder, name), BINARY.test(name) ? "latin1" : "utf8");
    for (const place of new Set(placesIn(content, name))) {
      found.set(place, [...(found.get(place) ?? []), name]);
    }
  }
  const binaries = looked.filter((file) => BINARY.test(file.path)).length;
  return {
    looked: `${looked.length} files, ${binaries} of them binaries`,
    failures: [...found].map(([place, names]) =>
      names.length === 1
        ? `${names[0]} contains ${place}`
        : `${names.length} files, such as ${names[0]}, contain ${place}`,
    ),
  };
}

function placesIn(content, name) {
  // "/root" says nothing, and is in texts about permissions.
  const here = [root, homedir()].filter((place) => place.length > "/root".length);
  const places = here.filter((place) => content.includes(place));
  if (BINARY.test(name)) {
    places.push(...Array.from(content.matchAll(SOURCE_FILE), ([file]) => file));
  }
  if (/^dist\/.+\.map$/.test(name))
    places.push(...JSON.parse(content).sources.filter(path.isAbsolute));
  places.push(...Array.from(content.matchAll(WORKPLACE), ([place]) => place));
  return places.filter((place) => !SYSTEM.test(place));
}
