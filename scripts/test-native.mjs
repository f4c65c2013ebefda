#!/usr/bin/env node
// Builds the C++ test program and runs it; `--asan` and `--tsan` under the sanitizers, `--faults` with injected faults, of
// which it runs the tests alone. Arguments after `--` go to the test program. The counts that it prints are kept in build/test-results/ for .ci/run.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ADDON, build, fileOf, TEST_PROGRAMS } from "./native/build.mjs";
import { BuildError } from "./native/build-error.mjs";
import { runChild } from "./native/child.mjs";
import { root } from "./native/paths.mjs";
import { fixedLayout, merged, suppressions } from "./native/sanitizers.mjs";

/** What is built; of other variants the test program alone. */
const TARGETS = {
  // The programs that results are compared with are upstream's: no use under a sanitizer.
  tests: [...TEST_PROGRAMS, "whisper-cli"],
  // In one go, as tests of the library need the addon with the same options.
  faults: [ADDON, "steady_test"],
};

async function main() {
  const { values, positionals } = parseArgs({
    options: {
      asan: { type: "boolean", default: false },
      tsan: { type: "boolean", default: false },
      faults: { type: "boolean", default: false },
      jobs: { type: "string" },
      force: { type: "boolean", default: false },
      "build-only": { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const chosen = ["asan", "tsan", "faults"].filter((variant) => values[variant]);
  if (chosen.length > 1) throw new BuildError("choose one of --asan, --tsan, --faults");
  const name = chosen[0] ?? "tests";

  const results = path.join(root, "build/test-results", `native-${name}.json`);
  rmSync(results, { force: true });

  const { outputDir, built } = await build({
    variant: name,
    targets: TARGETS[name] ?? ["steady_test"],
    jobs: values.jobs === undefined ? undefined : Number(values.jobs),
    force: values.force,
    quiet: !process.env.CI,
  });
  console.log(`steady_test (${name}): ${built ? "built" : "up to date"} in ${outputDir}`);
  if (values["build-only"]) return;

  const program = path.join(outputDir, fileOf("steady_test"));
  if (name === "faults" && positionals.length === 0) positionals.push("fault injection");
  let run = await runProgram([program, ...positionals], sanitizerEnvironment(name));
  const misplaced = name === "tsan" && /unexpected memory mapping/.test(run.output);
  const fixed = misplaced ? fixedLayout() : undefined;
  if (fixed) {
    console.log(
      "ThreadSanitizer can't use this kernel's address layout: again without randomisation (setarch -R)",
    );
    run = await runProgram([...fixed, program, ...positionals], sanitizerEnvironment(name));
  }

  const counts = parseCounts(run.output);
  if (run.code !== 0) {
    throw new BuildError(
      `steady_test (${name}) ${run.signal ? `was ended by ${run.signal}` : `exited with code ${run.code}`}`,
    );
  }
  if (!counts || counts.passed === 0) {
    throw new BuildError(
      `steady_test (${name}) did not say that it ran any test ("N passed, N failed")`,
    );
  }
  mkdirSync(path.dirname(results), { recursive: true });
  writeFileSync(results, `${JSON.stringify({ suite: `native ${name}`, ...counts }, null, 2)}\n`);
}

/** From the last line of the form "12 passed, 0 failed, 1 skipped" and those of the form "skip  a case: why". */
function parseCounts(output) {
  const last = [...output.matchAll(/(\d+) passed, (\d+) failed, (\d+) skipped/g)].at(-1);
  if (!last) return undefined;
  const [passed, failed, skipped] = last.slice(1).map(Number);
  const skippedNames = [...output.matchAll(/^skip {2}(.*)$/gm)].map(([, name]) => name);
  return { passed, failed, skipped, skippedNames };
}

function sanitizerEnvironment(name) {
  if (name === "asan") {
    return {
      ASAN_OPTIONS: merged(
        "ASAN_OPTIONS",
        "detect_leaks=1",
        "detect_stack_use_after_return=1",
        "allocator_may_return_null=1",
      ),
      LSAN_OPTIONS: merged("LSAN_OPTIONS", "print_suppressions=0", ...suppressions("lsan.supp")),
      UBSAN_OPTIONS: merged(
        "UBSAN_OPTIONS",
        "print_stacktrace=1",
        "halt_on_error=1",
        ...suppressions("ubsan.supp"),
      ),
    };
  }
  if (name === "tsan") {
    return {
      TSAN_OPTIONS: merged(
        "TSAN_OPTIONS",
        "second_deadlock_stack=1",
        "halt_on_error=0",
        ...suppressions("tsan.supp"),
      ),
    };
  }
  return {};
}

async function runProgram([command, ...args], environment) {
  let output = "";
  const end = await runChild(command, args, {
    env: { ...process.env, ...environment },
    onOutput: (chunk, name) => {
      process[name].write(chunk);
      output += chunk;
    },
  });
  return { ...end, output };
}

main().catch((error) => {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
});
