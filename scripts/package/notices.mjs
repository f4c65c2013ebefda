// Whether THIRD_PARTY_NOTICES.md names each part of others that the package carries or compiles in.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const COPYRIGHT =
  /copyright(?:text)?:?\s+(?:copyright\s+)?(?:\(c\)\s*|©\s*)?\d{4}(?:\s*-\s*\d{4})?,?\s+(?:by\s+)?(\p{L}[^\n*]*)/giu;
const OURS = /^the ggml authors/i;

/** Compiled in without a line of copyright of their own in the package. */
const COMPILED_IN = [
  "node-addon-api",
  "node-api-headers",
  "cmake-js",
  "libstdc++",
  "libgcc",
  "libgomp",
];

/** @param {import("./pack.mjs").Pack} pack */
export function checkNotices({ files, folder }) {
  const read = (name) => readFileSync(path.join(folder, name), "utf8");
  const notices = read("THIRD_PARTY_NOTICES.md");
  const failures = [];

  const holders = new Map();
  for (const { path: name } of files) {
    if (!/^(deps|native|lib|cmake)\//.test(name)) continue;
    for (const [, holder] of read(name).matchAll(COPYRIGHT)) {
      const words = holder.replace(/\s*(?:and\/or its affiliates|<).*$/, "").replace(/[.\s]+$/, "");
      if (!OURS.test(words) && !holders.has(words)) holders.set(words, name);
    }
  }
  for (const [holder, name] of holders) {
    if (!notices.includes(holder)) failures.push(`${name}: "${holder}" is not in the notices`);
  }
  for (const part of COMPILED_IN) {
    if (!notices.includes(part)) failures.push(`${part} is not in the notices`);
  }
  for (const [, file] of notices.matchAll(/`(licenses\/[^`]+\.txt|(?:ggml|src)\/[^`]+)`/g)) {
    const place = file.startsWith("licenses/") ? file : `deps/whisper.cpp/${file}`;
    if (!existsSync(path.join(folder, place)))
      failures.push(`the notices name ${file}: no such file`);
  }

  const runtimes = files.filter((file) => /\/libgomp\.so\.1$/.test(file.path));
  for (const { path: name } of runtimes) {
    const note = name.replace(/so\.1$/, "source.txt");
    // GPL-3, section 6: whoever gets the binary gets to know where its source is.
    if (!existsSync(path.join(folder, note)) || !/https:\/\/\S+/.test(read(note))) {
      failures.push(`${note} must name the package that it came from, and where its source is`);
    }
  }
  return {
    looked: `${holders.size} holders of copyright, ${COMPILED_IN.length} parts compiled in, ${runtimes.length} copies of libgomp`,
    failures,
  };
}
