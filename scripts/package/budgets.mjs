// How large the package may be. Each budget is what was measured, and room for a year's growth; whoever exceeds one either
// finds what shouldn't be there or raises it here, with a reason.

import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { prebuildsOf } from "./contents.mjs";

const MB = 1e6;

const BUDGETS = {
  // Measured: 5.0 packed (3.2 of it the embedded model and its recordings), 23.6 unpacked (4.1 miniaudio, 5.0 model and
  // recordings, 8.6 ggml's CPU and GPU backends, 3.2 compiled library with its maps).
  source: { packed: 6 * MB, unpacked: 27 * MB },
  // Measured for linux-x64.glibc: 7.0 packed, 16.4 unpacked, with 14 CPU variants.
  prebuild: { packed: 8 * MB, unpacked: 20 * MB },
  // Seven prebuilds and the source: 54 packed and 139 unpacked if all were as large as linux-x64's. Each `npm install`
  // downloads all of it.
  all: { packed: 60 * MB, unpacked: 155 * MB },
};

/** @param {import("./pack.mjs").Pack} pack */
export function checkSizes({ files, folder, packedBytes, unpackedBytes }) {
  const measured = [["the package", { packed: packedBytes, unpacked: unpackedBytes }, BUDGETS.all]];
  const source = { packed: packedBytes, unpacked: unpackedBytes };
  for (const [name, content] of prebuildsOf(files)) {
    const sizes = sizesOf(content, folder);
    source.packed -= sizes.packed;
    source.unpacked -= sizes.unpacked;
    measured.push([`prebuild ${name}`, sizes, BUDGETS.prebuild]);
  }
  measured.push(["without prebuilds", source, BUDGETS.source]);
  return {
    looked: measured
      .map(
        ([name, { packed, unpacked }]) =>
          `${name} ${inMb(packed)} packed, ${inMb(unpacked)} unpacked`,
      )
      .join("; "),
    failures: measured.flatMap(([name, sizes, budget]) =>
      ["packed", "unpacked"]
        .filter((kind) => sizes[kind] > budget[kind])
        .map(
          (kind) =>
            `${name}: ${inMb(sizes[kind])} ${kind}, over the budget of ${inMb(budget[kind])}`,
        ),
    ),
  };
}

/** Packed: compressed by itself, which is close to its share of the tarball. */
function sizesOf(content, folder) {
  const bytes = Buffer.concat(content.map((file) => readFileSync(path.join(folder, file.path))));
  return { packed: gzipSync(bytes, { level: 9 }).length, unpacked: bytes.length };
}

function inMb(bytes) {
  return `${(bytes / MB).toFixed(1)} MB`;
}
