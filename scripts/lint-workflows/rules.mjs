// Rules of this repository, which actionlint doesn't know.

import path from "node:path";

// What a job runs can be run on any machine: there is no program text in a workflow.
const COMMAND = /^(npm (ci|test|publish|run [\w:-]+)|\.ci\/[\w-]+)( [^\n|&;<>`]*)?$/;

/**
 * @param {any} workflow  parsed
 * @param {object} surroundings
 * @param {Record<string, string>} surroundings.scripts  of package.json
 * @param {string[]} surroundings.ciScripts  file names in .ci
 * @param {Map<string, any>} surroundings.workflows  all of them, by file name
 * @returns {string[]} problems
 */
export function brokenRules(workflow, { scripts, ciScripts, workflows }) {
  const problems = [];
  if (workflow.permissions === undefined) {
    problems.push("no permissions for the whole workflow: the default is more than it needs");
  }
  if (workflow.concurrency === undefined && !("workflow_call" in Object(workflow.on))) {
    problems.push("no concurrency: two runs of one branch would be in each other's way");
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const say = (message) => problems.push(`job ${name}: ${message}`);
    if (job.uses) {
      for (const message of wrongCall(job, workflows)) say(message);
      continue;
    }
    if (job["timeout-minutes"] === undefined) say("no timeout-minutes: it may hang for six hours");
    for (const run of job.steps.flatMap((step) => commands(step.run, job.strategy?.matrix))) {
      if (!COMMAND.test(run)) {
        say(`"${run}" is not one npm script or one script of .ci: put it into scripts/`);
      }
      const script = run.match(/^npm run ([\w:-]+)/)?.[1];
      if (script && !scripts[script]) say(`package.json has no script "${script}"`);
      const file = run.match(/^\.ci\/\S+/)?.[0];
      if (file && !ciScripts.includes(path.posix.basename(file))) say(`there is no ${file}`);
    }
  }
  return problems;
}

/** What a step runs, once for each value of the matrix that it names. */
function commands(run, matrix = {}) {
  if (run === undefined) return [];
  const key = run.match(/\$\{\{ matrix\.(\w+) \}\}/)?.[1];
  if (!key) return [run];
  const values = [...(matrix[key] ?? []), ...(matrix.include ?? []).map((entry) => entry[key])];
  return values.flatMap((value) => commands(run.replace(`\${{ matrix.${key} }}`, value), matrix));
}

/** A call of another workflow of this repository. */
function wrongCall(job, workflows) {
  const called = workflows.get(path.posix.basename(job.uses));
  if (!job.uses.startsWith("./.github/workflows/") || !called) return [`no ${job.uses}`];
  if (!("workflow_call" in Object(called.on))) return [`${job.uses} can't be called`];
  const inputs = called.on.workflow_call?.inputs ?? {};
  const passed = Object.keys(job.with ?? {});
  return [
    ...passed.filter((name) => !inputs[name]).map((name) => `${job.uses} has no input ${name}`),
    ...Object.keys(inputs)
      .filter((name) => inputs[name].required && !passed.includes(name))
      .map((name) => `${job.uses} needs the input ${name}`),
  ];
}
