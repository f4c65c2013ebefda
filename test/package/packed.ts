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
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withLock } from "../../scripts/native/lock.mjs";
import { npmPack } from "../../scripts/package/npm-pack.mjs";
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
    const record = join(folder, "packed.json");
    const last = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {};
    const isThere = existsSync(last.packed?.tarball ?? "");
    const testRun = process.env.STEADY_TEST_RUN;
    if (isThere && last.testRun === testRun) return last.packed as Packed;

    await run("npm", ["run", "--silent", "prebuilds", "--", "--quiet"], {
      cwd: root,
      env: environment,
      maxBuffer: 64 << 20,
    });
    const paths = sources();
    const hash = createHash("sha256");
    for (const path of paths) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
    const content = hash.digest("hex");
    const same = isThere && last.content === content;
    const result: Packed = same ? last.packed : await pack(paths);
    writeFileSync(record, JSON.stringify({ testRun, content, packed: result }));
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
    const { tarball, files } = await npmPack(copy, folder, environment);
    return { tarball, files: files.map((file) => file.path) };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Files that packing reads. */
function sources(): string[] {
  const skipped = /^(node_modules|build.*|deps|test|bench|coverage|\..*|.*\.tgz)$/;
  return readdirSync(root)
    .filter((name) => !skipped.test(name))
    .flatMap((name) =>
      statSync(join(root, name)).isDirectory()
        ? readdirSync(join(root, name), { recursive: true, encoding: "utf8" }).map((inner) =>
            join(name, inner),
          )
        : [name],
    )
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
}
