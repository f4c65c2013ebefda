#!/usr/bin/env node
// Adds up what the test runners left in build/test-results/ and prints one line. Fails when a test failed, when a
// runner that is named on the command line left nothing, or when tests were skipped though their material is there.
//
//   node scripts/native/test-summary.mjs vitest native-tests native-asan native-tsan

import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";

const folder = path.join(root, "build/test-results");
// Tests that need models or recordings beyond the repository's own look for them here.
const material = path.join(root, "../shared");

const totals = { passed: 0, failed: 0, skipped: 0 };
const problems = [];

for (const name of process.argv.slice(2)) {
  const file = path.join(folder, `${name}.json`);
  if (!existsSync(file)) {
    problems.push(`${name}: no results`);
    continue;
  }
  const counts = countsOf(JSON.parse(readFileSync(file, "utf8")));
  console.log(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  );
  for (const test of counts.skippedNames) console.log(`  skipped: ${test}`);
  if (counts.passed === 0) problems.push(`${name}: no test passed`);
  for (const key of Object.keys(totals)) totals[key] += counts[key];
}

if (totals.failed > 0) problems.push(`${totals.failed} tests failed`);
if (totals.skipped > 0 && existsSync(material) && readdirSync(material).length > 0) {
  problems.push(
    `${totals.skipped} tests were skipped although ${path.relative(root, material)} is there`,
  );
}
for (const problem of problems) console.error(`problem: ${problem}`);

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : "";
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exitCode = problems.length > 0 ? 1 : 0;

function countsOf(json) {
  if (!("numTotalTests" in json)) return { ...json, skippedNames: [] };
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
