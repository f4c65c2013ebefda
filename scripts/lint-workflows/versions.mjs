// Node's versions and the platforms: the same in workflows, package.json, docs and scripts/platforms.mjs.

import { buildMajor, majors, newestMajor, oldestMajor, prebuilt } from "../platforms.mjs";

/**
 * @param {object} places
 * @param {Map<string, any>} places.workflows
 * @param {string} places.engines  package.json's `engines.node`
 * @param {string} places.contributing  the text of CONTRIBUTING.md
 * @returns {string[]} problems
 */
export function differences({ workflows, engines, contributing }) {
  const problems = [];
  const expect = (what, found, expected) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      problems.push(
        `${what}: ${JSON.stringify(found)}; scripts/platforms.mjs has ${JSON.stringify(expected)}`,
      );
    }
  };
  const matrix = (file, job) => workflows.get(file)?.jobs[job]?.strategy?.matrix;

  expect("ci.yml: nodes of the job tests", matrix("ci.yml", "tests")?.node, majors);
  expect(
    "prebuilds.yml: targets of the job build",
    matrix("prebuilds.yml", "build")?.include,
    prebuilt.map(({ name, runner }) => ({ target: name, runner })),
  );
  expect(
    "prebuilds.yml: targets of the job smoke",
    matrix("prebuilds.yml", "smoke")?.target,
    prebuilt.map(({ name }) => name),
  );
  expect(
    "prebuilds.yml: runners of the job smoke",
    matrix("prebuilds.yml", "smoke")?.include,
    prebuilt.map(({ name, runner }) => ({ target: name, runner })),
  );
  expect("prebuilds.yml: nodes of the job smoke", matrix("prebuilds.yml", "smoke")?.node, [
    oldestMajor,
    newestMajor,
  ]);
  expect("release.yml: nodes of the job smoke", matrix("release.yml", "smoke")?.node, [
    oldestMajor,
    newestMajor,
  ]);
  for (const [file, workflow] of workflows) {
    for (const [name, job] of Object.entries(workflow.jobs)) {
      for (const step of job.steps ?? []) {
        const version = step.with?.["node-version"];
        if (typeof version !== "number") continue; // of a matrix
        const usual = [oldestMajor, buildMajor].includes(version);
        if (!usual) expect(`${file}: Node of the job ${name}`, version, buildMajor);
      }
    }
  }
  expect("package.json: the oldest Node", Number(engines.match(/^>=(\d+)/)?.[1]), oldestMajor);

  const sentence = contributing.match(/on Node ([\d, and]+\d)/)?.[1] ?? "";
  expect("CONTRIBUTING.md: nodes", sentence.match(/\d+/g)?.map(Number), majors);
  expect(
    "CONTRIBUTING.md: prebuilds",
    [...contributing.matchAll(/^\| `([a-z0-9-]+)` \| ([\w.-]+) \|/gm)].map((row) => row.slice(1)),
    prebuilt.map(({ name, runner }) => [name, runner]),
  );
  return problems;
}
