// The tarball that the tests install: packed once for all of them, and again only when something in it has changed.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withLock } from "../../scripts/native/lock.mjs";
import { environment } from "./project.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = join(root, "build/test-package");

export interface Packed {
  readonly tarball: string;
  /** Paths of its files, with `/`. */
  readonly files: readonly string[];
}

/** With the prebuild for this machine, which is built if that wasn't done. */
export function packed(): Promise<Packed> {
  return withLock(folder, async () => {
    await run("npm", ["run", "--silent", "prebuilds"], {
      cwd: root,
      env: environment,
      maxBuffer: 64 << 20,
    });
    const entries = sources();
    const stamp = createHash("sha256").update(JSON.stringify(entries)).digest("hex");
    const record = join(folder, "packed.json");
    const last = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {};
    if (last.stamp === stamp && existsSync(last.packed.tarball)) return last.packed as Packed;
    const result = await pack(entries.map(([path]) => path));
    writeFileSync(record, JSON.stringify({ stamp, packed: result }));
    return result;
  });
}

/**
 * In a copy of the checkout: packing stages whisper.cpp's source where builds look for it first, and the other tests are
 * building meanwhile.
 */
async function pack(paths: string[]): Promise<Packed> {
  const copy = join(folder, "copy");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  try {
    for (const path of paths)
      cpSync(join(root, path), join(copy, path), { preserveTimestamps: true });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: copy,
      env: environment,
      maxBuffer: 64 << 20,
    });
    const [{ filename, files }] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [
      { filename: string; files: { path: string }[] },
    ];
    return { tarball: join(folder, filename), files: files.map((file) => file.path) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** What packing reads, with what changes when a file does. */
function sources(): [path: string, size: number, modifiedMs: number][] {
  const skipped = /^(node_modules|build.*|deps|test|bench|coverage|\..*|.*\.tgz)$/;
  const found: [string, number, number][] = [];
  for (const name of readdirSync(root).filter((name) => !skipped.test(name))) {
    const isFolder = statSync(join(root, name)).isDirectory();
    const names = isFolder
      ? readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((inner) =>
          join(name, inner),
        )
      : [name];
    for (const path of names) {
      const stat = statSync(join(root, path));
      if (stat.isFile()) found.push([path.split(sep).join("/"), stat.size, stat.mtimeMs]);
    }
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}
