// The addon that the tests get, to the byte.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { BuildError } from "../native/build-error.mjs";
import { root } from "../native/paths.mjs";

export const addon = path.resolve(
  root,
  process.env.STEADY_WHISPER_ADDON ?? "build/Release/steady_whisper.node",
);

/** SHA-256 by file name, of the addon and of the libraries that it loads from its own folder or one named by a libc. */
export function hashes() {
  if (!existsSync(addon)) {
    throw new BuildError(
      `${addon} is missing: run \`npm run build:native\`, or name an addon by STEADY_WHISPER_ADDON`,
    );
  }
  const folder = path.dirname(addon);
  const libraries = [".", "glibc", "musl"].flatMap((inner) => {
    const inside = path.join(folder, inner);
    if (!existsSync(inside)) return [];
    return readdirSync(inside)
      .filter((name) => /\.(so(\.\d+)*|dylib|dll)$/.test(name))
      .sort()
      .map((name) => path.join(inside, name));
  });
  return Object.fromEntries(
    [addon, ...libraries].map((file) => [
      path.relative(folder, file),
      createHash("sha256").update(readFileSync(file)).digest("hex"),
    ]),
  );
}
