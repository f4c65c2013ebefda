#!/usr/bin/env node
// Checks (or with --write applies) .clang-format over native/, with the clang-format of the npm package of that name:
// the same version for everyone, so that two machines never disagree about a file.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const MAJOR = 15; // what clang-format 1.8.0 of npm carries

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });

const files = readdirSync(path.join(root, "native"), { recursive: true })
  .filter((name) => /\.(cc|cpp|h|hpp)$/.test(name))
  .map((name) => path.join("native", name))
  .sort();
if (files.length === 0) {
  console.error("check-format: no C++ file under native/: is this the repository's root?");
  process.exit(1);
}

const binary = findClangFormat();
const { status, error } = spawnSync(
  binary,
  ["--style=file", ...(values.write ? ["-i"] : ["--dry-run", "-Werror"]), ...files],
  { cwd: root, stdio: "inherit" },
);
if (error) throw error;
if (status !== 0) {
  console.error("check-format: run `npm run format`");
  process.exit(1);
}
console.log(
  `check-format: ${files.length} files ${values.write ? "formatted" : "are formatted"} (clang-format ${MAJOR})`,
);

function findClangFormat() {
  const folder = path.dirname(
    createRequire(import.meta.url).resolve("clang-format/package.json", { paths: [root] }),
  );
  const packaged = {
    "linux x64": "linux_x64/clang-format",
    "darwin x64": "darwin_x64/clang-format",
    "darwin arm64": "darwin_x64/clang-format", // by Rosetta
    "win32 x64": "win32/clang-format.exe",
  }[`${process.platform} ${process.arch}`];
  if (packaged && existsSync(path.join(folder, "bin", packaged))) {
    return path.join(folder, "bin", packaged);
  }
  // The package has no binary for this platform: the system's is as good if it is the same major version.
  for (const name of [`clang-format-${MAJOR}`, "clang-format"]) {
    const { stdout } = spawnSync(name, ["--version"], { encoding: "utf8" });
    if (stdout?.match(/version (\d+)\./)?.[1] === String(MAJOR)) return name;
  }
  console.error(
    `check-format: the npm package clang-format has no binary for ${process.platform} ${process.arch}; ` +
      `install clang-format ${MAJOR} (Debian, Ubuntu: apt-get install clang-format-${MAJOR})`,
  );
  process.exit(1);
}
