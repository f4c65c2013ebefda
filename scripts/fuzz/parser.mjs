// One of the libFuzzer programs: its inputs begin with those of the repository, what it finds in addition stays in
// build-fuzz/corpus.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { runChild } from "../native/child.mjs";
import { root } from "../native/paths.mjs";
import { merged } from "../native/sanitizers.mjs";

const INPUT_TIMEOUT_S = 10;
const MEMORY_MB = 2048;
// Between two looks at whether enough has been executed: libFuzzer itself stops at the first of its limits.
const ROUND_S = 60;

/** Runs the program for `seconds`, and until there were so many executions. */
export async function fuzzParser({ name, program, seed, seconds, executions }) {
  const total = { executions: 0, coverage: 0, seconds: 0 };
  for (let round = 0; ; round += 1) {
    const left = Math.ceil(seconds - total.seconds);
    const end = await runOnce({
      name,
      program,
      seed: seed + round,
      seconds: left > 0 ? left : ROUND_S,
    });
    total.executions += end.executions;
    total.coverage = Math.max(total.coverage, end.coverage);
    total.seconds += end.seconds;
    if (end.failure !== undefined) return { ...total, failure: end.failure };
    if (total.seconds >= seconds - 1 && total.executions >= executions) return total;
  }
}

async function runOnce({ name, program, seed, seconds }) {
  const folder = path.join(root, "build-fuzz");
  const found = path.join(folder, "corpus", name);
  const artifacts = path.join(folder, "artifacts", name);
  for (const made of [found, artifacts]) mkdirSync(made, { recursive: true });
  const dictionary = path.join(root, "native/fuzz", `${name}.dict`);
  const args = [
    `-seed=${Math.max(1, seed)}`, // 0 means any
    `-max_total_time=${seconds}`,
    `-timeout=${INPUT_TIMEOUT_S}`,
    `-rss_limit_mb=${MEMORY_MB}`,
    "-print_final_stats=1",
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
      ASAN_OPTIONS: merged("ASAN_OPTIONS", "detect_leaks=1", "detect_stack_use_after_return=1"),
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
