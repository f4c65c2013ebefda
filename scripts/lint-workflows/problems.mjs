import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root } from "../native/paths.mjs";
import { actionlint } from "./actionlint.mjs";
import { unpinned } from "./actions.mjs";
import { brokenRules } from "./rules.mjs";
import { differences } from "./versions.mjs";

/**
 * What is wrong with the workflows of a folder, each with its file and, where that is known, its line.
 * @param {string} folder
 * @returns {Promise<{ files: string[], problems: string[] }>}
 */
export async function workflowProblems(folder) {
  const files = readdirSync(folder)
    .filter((file) => /\.ya?ml$/.test(file))
    .sort();
  const texts = new Map(files.map((file) => [file, readFileSync(path.join(folder, file), "utf8")]));

  const problems = [];
  for (const [file, text] of texts) {
    for (const { line, message } of [...(await actionlint(text, file)), ...unpinned(text)]) {
      problems.push(`${file}:${line}: ${message}`);
    }
  }
  // The rest takes it for granted that these are workflows.
  if (problems.length > 0) return { files, problems };

  const { scripts, engines } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  const ciScripts = readdirSync(path.join(root, ".ci"));
  const workflows = new Map([...texts].map(([file, text]) => [file, parse(text)]));
  for (const [file, workflow] of workflows) {
    for (const message of brokenRules(workflow, { scripts, ciScripts, workflows })) {
      problems.push(`${file}: ${message}`);
    }
  }
  const contributing = readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8");
  problems.push(...differences({ workflows, engines: engines.node, contributing }));
  return { files, problems };
}
