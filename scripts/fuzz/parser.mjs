// One of the libFuzzer programs: its inputs begin with those of the repository, what it finds in addition stays in
// build-fuzz/corpus.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { runChild } from "../native/child.mjs";
import { root } from "../native/paths.mjs";
import { merged } from "../native/sanitizers.mjs";

const INPUT_TIMEOUT_S = 10;
const MEMORY_MB = 2048;

/** Runs the program for `seconds`, then until there were so many executions. */
export async function fuzzParser({ name, program, seed, seconds, executions }) {
  // libFuzzer stops at the first of its limits, so each has a run of its own.
  const first = await runOnce(name, program, seed, `-max_total_time=${Math.ceil(seconds)}`);
  const left = executions - first.executions;
  if (first.failure !== undefined || left <= 0) return first;
  const second = await runOnce(name, program, seed + 1, `-runs=${left}`);
  return {
    executions: first.executions + second.executions,
    coverage: Math.max(first.coverage, second.coverage),
    seconds: first.seconds + second.seconds,
    failure: second.failure,
  };
}

async function runOnce(name, program, seed, limit) {
  const folder = path.join(root, "build-fuzz");
  const found = path.join(folder, "corpus", name);
  const artifacts = path.join(folder, "artifacts", name);
  for (const made of [found, artifacts]) mkdirSync(made, { recursive: true });
  const dictionary = path.join(root, "native/fuzz", `${name}.dict`);
  const args = [
    `-seed=${Math.max(1, seed)}`, // 0 means any
    limit,
    `-timeout=${INPUT_TIMEOUT_S}`,
    `-rss_limit_mb=${MEMORY_MB}`,
    "-print_final_stats=1",
    "-entropic_scale_per_exec_time=1", // or a few slow inputs would be varied for most of the time
    `-artifact_prefix=${artifacts}${path.sep}`,
    ...(existsSync(dictionary) ? [`-dict=${dictionary}`] : []),
    found,
    path.join(root, "native/fuzz/corpus", name),
  ];
  let output = "";
  const started = performance.now();
  const { code, signal } = await runChild(program, args, {
    env: {
      ...process.env,
      ASAN_OPTIONS: merged("ASAN_OPTIONS", "detect_leaks=1"),
      UBSAN_OPTIONS: merged("UBSAN_OPTIONS", "print_stacktrace=1", "halt_on_error=1"),
    },
    onOutput: (chunk) => {
      output += chunk;
    },
  });
  const executions = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? 0);
  const coverage = Math.max(
    0,
    ...[...output.matchAll(/ cov: (\d+)/g)].map(([, edges]) => Number(edges)),
  );
  const failure =
    code !== 0
      ? `${signal ?? `exit code ${code}`}\n${output.split("\n").slice(-80).join("\n")}`
      : executions === 0
        ? `nothing was executed\n${output.slice(-4000)}`
        : undefined;
  return { executions, coverage, seconds: (performance.now() - started) / 1000, failure };
}
