#!/usr/bin/env node
// Packs the package as `npm publish` would, and checks what users would get: one line per check, all failures listed.
//
//   npm run check:package
//   npm run check:package -- --keep FOLDER   also leaves the tarball and its unpacked content there
//   npm run check:package -- --prebuilds linux-x64.glibc,linux-arm64.musl   fails unless all of these are in it

import { parseArgs } from "node:util";
import { checkSizes } from "./package/budgets.mjs";
import { checkContents, checkPrebuilds } from "./package/contents.mjs";
import { checkInstall, checkLinks } from "./package/install.mjs";
import { checkDependencyLicences } from "./package/licences.mjs";
import { checkTypes, checkWithPublint } from "./package/linters.mjs";
import { checkMachinePaths } from "./package/machine-paths.mjs";
import { checkNotices } from "./package/notices.mjs";
import { withPackage } from "./package/pack.mjs";

const { values } = parseArgs({
  options: { keep: { type: "string" }, prebuilds: { type: "string" } },
});
const wanted = values.prebuilds?.split(",").filter(Boolean) ?? [];

/**
 * A check gets the package and returns what it looked at, in a few words, and what is wrong.
 * @typedef {{ looked: string, failures: string[] }} Verdict
 * @type {[string, (pack: import("./package/pack.mjs").Pack) => Verdict | Promise<Verdict>][]}
 */
const CHECKS = [
  ["contents", checkContents],
  ["prebuilds", (pack) => checkPrebuilds(pack, wanted)],
  ["size", checkSizes],
  ["no links", checkLinks],
  ["no install script", checkInstall],
  ["no paths of this machine", checkMachinePaths],
  ["publint", checkWithPublint],
  ["types", checkTypes],
  ["licences of dependencies", checkDependencyLicences],
  ["notices", checkNotices],
];

const failed = await withPackage(values.keep, async (pack) => {
  let count = 0;
  for (const [name, check] of CHECKS) {
    const { looked, failures } = await verdictOf(check, pack);
    console.log(`${failures.length === 0 ? "ok  " : "FAIL"}  ${name}: ${looked}`);
    for (const failure of failures) console.log(`        ${failure}`);
    count += failures.length;
  }
  return count;
});
if (failed > 0) {
  console.error(`check-package: ${failed} ${failed === 1 ? "failure" : "failures"}`);
  process.exitCode = 1;
}

/** A check that breaks has failed; the others still run. */
async function verdictOf(check, pack) {
  try {
    return await check(pack);
  } catch (error) {
    return { looked: "broke off", failures: [error.stack] };
  }
}
