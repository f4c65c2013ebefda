#!/usr/bin/env node
// Runs tests on several versions of Node, all with one addon, which is built once or not at all: it uses Node-API, so
// it must work on each. `--help` lists the options. Results: build/test-results/node-<major>.json.

import path from "node:path";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { require, root } from "./native/paths.mjs";
import { addon, hashes } from "./test-nodes/addon-files.mjs";
import { parseArguments } from "./test-nodes/arguments.mjs";
import { installNode } from "./test-nodes/install.mjs";
import { selection } from "./test-nodes/selection.mjs";

async function main() {
  const options = parseArguments(process.argv.slice(2));
  if ("usage" in options) {
    console.log(options.usage);
    return;
  }
  const binaries = options.versions.map((version) => ({ version, node: installNode(version) }));
  if (options.installOnly) {
    for (const { node } of binaries) console.log(node);
    return;
  }

  const before = hashes();
  printHashes(before);
  const failed = [];
  for (const { version, node } of binaries) {
    if (!(await passesOn(version, node, options.amount))) failed.push(version);
  }
  const after = hashes();
  printHashes(after);
  if (JSON.stringify(after) !== JSON.stringify(before)) {
    throw new BuildError("the addon changed while the tests ran: they didn't all have the same");
  }
  if (failed.length > 0) throw new BuildError(`tests failed on Node ${failed.join(", ")}`);
  console.log(`one binary, Node ${options.versions.join(", ")}: all tests passed`);
}

async function passesOn(version, node, amount) {
  const major = Number.parseInt(version, 10);
  const env = {
    ...process.env,
    STEADY_TEST_RESULTS: `node-${major}`,
    ...(process.env.STEADY_WHISPER_ADDON ? { STEADY_WHISPER_ADDON: addon } : {}),
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
  };
  // npm tells its scripts which Node it runs on: theirs is another.
  delete env.npm_node_execpath;
  delete env.NODE;

  console.log(`\nNode ${version}`);
  const loads = await runChild(node, [path.join(root, "scripts/test-nodes/on-node.mjs"), addon], {
    env,
  });
  if (loads.code !== 0) return false;
  const vitest = path.join(path.dirname(require.resolve("vitest/package.json")), "vitest.mjs");
  const { code } = await runChild(node, [vitest, "run", ...selection[amount]], { env });
  return code === 0;
}

function printHashes(files) {
  for (const [file, hash] of Object.entries(files)) console.log(`SHA-256 ${hash} ${file}`);
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
