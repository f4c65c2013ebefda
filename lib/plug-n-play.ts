import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/**
 * Flags of a Node process that shall find packages as this one does. Under Yarn's Plug'n'Play that is a matter of its hooks:
 * there is no node_modules, and NODE_OPTIONS, where Yarn puts them, isn't passed on.
 */
export function packageHooks(): string[] {
  if (process.versions.pnp === undefined) return [];
  const hooks = require.resolve("pnpapi");
  const loader = join(dirname(hooks), ".pnp.loader.mjs"); // of ES modules
  return [
    ...["--require", hooks],
    ...(existsSync(loader) ? ["--experimental-loader", pathToFileURL(loader).href] : []),
  ];
}
