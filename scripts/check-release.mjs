#!/usr/bin/env node
// Is this checkout what its tag says, with a prebuild for every platform? `prebuilds/` holds what prebuilds.yml made.
//
//   npm run check:release               # in a workflow: the tag is GITHUB_REF_NAME
//   npm run check:release -- v1.2.3

import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./native/paths.mjs";
import { prebuilt } from "./platforms.mjs";
import { releaseProblems } from "./release/problems.mjs";

const tag = process.argv[2] ?? process.env.GITHUB_REF_NAME;
if (!tag) {
  console.error("check-release: name the tag, such as v1.2.3");
  process.exit(1);
}
const problems = releaseProblems({
  tag,
  manifest: JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")),
  repository: process.env.GITHUB_REPOSITORY,
  prebuilds: path.join(root, "prebuilds"),
});
for (const problem of problems) console.error(`check-release: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`check-release: ${tag} can be published, with ${prebuilt.length} prebuilds`);
