#!/usr/bin/env node
// Checks .github/workflows: actionlint, pinned actions, this repository's rules, and that Node's versions and the
// platforms are those of scripts/platforms.mjs.
//
//   node scripts/lint-workflows.mjs [folder]     # of workflows; otherwise the repository's own

import path from "node:path";
import { workflowProblems } from "./lint-workflows/problems.mjs";
import { root } from "./native/paths.mjs";

const folder = path.resolve(process.argv[2] ?? path.join(root, ".github/workflows"));
const { files, problems } = await workflowProblems(folder);
if (files.length === 0) problems.push(`no workflow in ${folder}`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`lint-workflows: ${problems.length} problems`);
  process.exit(1);
}
console.log(`lint-workflows: ${files.length} workflows, no problem`);
