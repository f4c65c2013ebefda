#!/usr/bin/env node
// Adds up what the test runners left in build/test-results/ and prints one line. Fails when a test failed, when a
// runner that is named on the command line left nothing, or when a test was skipped that could have run: all can but
// those below, and those that need material beyond the repository's own where that isn't there. What `--not-run` says
// is repeated in the last lines, so that nobody takes a step that was left out for one that passed.
//
//   node scripts/native/test-summary.mjs vitest native-tests native-asan native-tsan --not-run "test:cuda: no nvcc"

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "./paths.mjs";

const folder = path.join(root, "build/test-results");
// Tests that need models beyond the repository's own look for them here.
const material = path.join(root, "../shared/models");
const needsMaterial = [
  /^model: whisper\.cpp's weightless models: /,
  /^model: a voice activity model is not a whisper model: /,
  /^a real VAD model has the size and hash of the list$/,
  /^models download prints the path, nothing else, and needs the network once$/,
];

// What the sanitizers themselves rule out; the C++ cases say why.
const underSanitizers = [
  /^dtw: heads and tokens that upstream's default pool/,
  /^log: nothing is built when nobody listens: /,
  /^threads: one that the system doesn't give is an error/,
];
const unable = {
  // Where there is one, its usual place can't be hidden.
  vitest: [/without nvcc isn't run, which isn't a success/],
  "native-asan": underSanitizers,
  "native-tsan": [
    ...underSanitizers,
    /^timing: a team whose threads were replaced in mid-job/,
    /^timing: the spectrogram's time is its own/,
    /: takes minutes under ThreadSanitizer, and isn't about threads$/,
  ],
};

const { values, positionals } = parseArgs({
  options: { "not-run": { type: "string", multiple: true, default: [] } },
  allowPositionals: true,
});

const totals = { passed: 0, failed: 0, skipped: 0 };
const problems = [];

for (const name of positionals) {
  const file = path.join(folder, `${name}.json`);
  if (!existsSync(file)) {
    problems.push(`${name}: no results`);
    continue;
  }
  const counts = countsOf(JSON.parse(readFileSync(file, "utf8")));
  console.log(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  );
  const accepted = [...(unable[name] ?? []), ...(existsSync(material) ? [] : needsMaterial)];
  for (const test of counts.skippedNames) {
    console.log(`  skipped: ${test}`);
    if (!accepted.some((pattern) => pattern.test(test))) problems.push(`skipped: ${test}`);
  }
  if (counts.passed === 0) problems.push(`${name}: no test passed`);
  for (const key of Object.keys(totals)) totals[key] += counts[key];
}

if (totals.failed > 0) problems.push(`${totals.failed} tests failed`);
for (const problem of problems) console.error(`problem: ${problem}`);
for (const step of values["not-run"]) console.log(`not run: ${step}`);

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
const left = values["not-run"].length;
const notRun = left > 0 ? `, ${left} ${left === 1 ? "step" : "steps"} not run` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}${notRun}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function countsOf(json) {
  if (!("numTotalTests" in json)) return json;
  // vitest's
  const skippedNames = json.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => ["pending", "skipped", "todo"].includes(test.status))
      .map((test) => test.fullName),
  );
  // A file that fails to load has no tests of its own to count.
  const brokenFiles = json.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return {
    passed: json.numPassedTests,
    failed: json.numFailedTests + brokenFiles,
    skipped: skippedNames.length,
    skippedNames,
  };
}
