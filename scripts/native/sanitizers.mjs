// The environment in which programs run under the sanitizers.

import { execFileSync } from "node:child_process";
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

/** Node with an addon under AddressSanitizer: the runtimes have to be there before anything else. */
export function nodeUnderAsan(addon) {
  return {
    STEADY_WHISPER_ADDON: addon,
    LD_PRELOAD: ["libasan.so", "libubsan.so"].map(runtime).join(" "),
    // Node itself frees little when it exits.
    ASAN_OPTIONS: merged("ASAN_OPTIONS", "detect_leaks=0"),
    UBSAN_OPTIONS: merged("UBSAN_OPTIONS", "print_stacktrace=1"),
  };
}

function runtime(library) {
  const file = execFileSync(process.env.CC ?? "gcc", [`-print-file-name=${library}`], {
    encoding: "utf8",
  });
  return file.trim();
}
