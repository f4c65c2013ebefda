// Linters of packages, on the packed tarball.

import { spawnSync } from "node:child_process";
import path from "node:path";
import { require, root } from "../native/paths.mjs";

/** @param {import("./pack.mjs").Pack} pack */
export function checkWithPublint({ tarball }) {
  return lint("publint", ["--strict", tarball], "strict");
}

/** Whether TypeScript finds the declarations however it resolves. @param {import("./pack.mjs").Pack} pack */
export function checkTypes({ tarball }) {
  const flags = ["--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"];
  return lint("@arethetypeswrong/cli", [...flags, tarball], "attw, esm-only");
}

function lint(name, args, looked) {
  const manifest = path.join(root, "node_modules", name, "package.json");
  const { bin } = require(manifest);
  const program = path.join(
    path.dirname(manifest),
    typeof bin === "string" ? bin : Object.values(bin)[0],
  );
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  if (error) throw error;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return { looked, failures: status === 0 ? [] : [`exit code ${status}`, ...lines] };
}
