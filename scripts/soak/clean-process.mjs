// A process in which little but the pool's memory changes: small young generations, garbage that is collected when it is to
// be, and freed memory that goes back to the system. By default glibc keeps it: RSS rises over some 300 jobs by 30 to 60 KB
// each, and then stays, in which a leak could hide. An engine's process inherits the allocator's settings.

import { spawn } from "node:child_process";
import { once } from "node:events";

const FLAGS = ["--expose-gc", "--max-semi-space-size=1"];
const ALLOCATOR = {
  MALLOC_TRIM_THRESHOLD_: "16384",
  MALLOC_MMAP_THRESHOLD_: "32768",
  MALLOC_TOP_PAD_: "0",
};

/** Whether this process is such a one. */
export function isClean() {
  const set = Object.keys(ALLOCATOR).every((name) => process.env[name] !== undefined);
  return set && globalThis.gc !== undefined;
}

/** What is set, for the report. */
export function allocatorSettings() {
  return Object.keys(ALLOCATOR)
    .map((name) => `${name}=${process.env[name]}`)
    .join(" ");
}

/** Runs `script` in such a process. Settings that the environment has already are left alone. Resolves with the exit code. */
export async function runClean(script, args) {
  const child = spawn(process.execPath, [...FLAGS, script, ...args], {
    env: { ...ALLOCATOR, ...process.env },
    stdio: "inherit",
  });
  process.on("SIGINT", () => {}); // the terminal sends it to the child as well, whose figures are waited for
  process.on("SIGTERM", () => child.kill("SIGINT"));
  const [code, signal] = await once(child, "exit");
  if (signal) console.error(`ended by ${signal}`);
  return code ?? 1;
}
