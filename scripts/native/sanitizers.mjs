// The environment in which programs run under the sanitizers.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";

/** Options of one sanitizer. Later ones win: what a developer has set stays in force. */
export function merged(variable, ...options) {
  return [...options, process.env[variable]].filter(Boolean).join(":");
}

/** A list of what libraries outside our control do, if there is one. */
export function suppressions(file) {
  const full = path.join(root, "native/test", file);
  return existsSync(full) ? [`suppressions=${full}`] : [];
}

/**
 * Node with an addon under AddressSanitizer: the runtimes have to be there before anything else. `leaks`: only for
 * programs that end by themselves. Node frees all that it has then; process.exit() leaves it lying, where
 * LeakSanitizer doesn't see the references from V8's heap.
 */
export function nodeUnderAsan(addon, { leaks }) {
  return {
    STEADY_WHISPER_ADDON: addon,
    LD_PRELOAD: ["libasan.so", "libubsan.so"].map(runtime).join(" "),
    ASAN_OPTIONS: merged("ASAN_OPTIONS", `detect_leaks=${Number(leaks)}`),
    LSAN_OPTIONS: merged("LSAN_OPTIONS", "print_suppressions=0", ...suppressions("lsan-node.supp")),
    UBSAN_OPTIONS: merged("UBSAN_OPTIONS", "print_stacktrace=1"),
  };
}

/** The same under ThreadSanitizer. */
export function nodeUnderTsan(addon) {
  return {
    STEADY_WHISPER_ADDON: addon,
    LD_PRELOAD: runtime("libtsan.so"),
    TSAN_OPTIONS: merged(
      "TSAN_OPTIONS",
      "second_deadlock_stack=1",
      ...suppressions("tsan-node.supp"),
    ),
  };
}

/**
 * What to put before a command for the address space not to be laid out at random, if the system has it: ThreadSanitizer
 * of GCC before 13 knows fewer layouts than newer kernels deal out.
 */
export function fixedLayout() {
  const command = ["setarch", "-R"];
  return spawnSync(command[0], [command[1], "true"]).status === 0 ? command : undefined;
}

function runtime(library) {
  const file = execFileSync(process.env.CC ?? "gcc", [`-print-file-name=${library}`], {
    encoding: "utf8",
  });
  return file.trim();
}
