// One of the fast-check targets (test/fuzz/), in a process of its own: one that crashes or hangs is seen from here, and
// comes back with its seed.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { root } from "../native/paths.mjs";
import { nodeUnderAsan } from "../native/sanitizers.mjs";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Longest time without a word of the child's: a batch has 240 s. */
const SILENCE_MS = 300_000;

/** Runs the target for `seconds`, and until it has made so many calls. */
export async function fuzzAddon({ name, addon, asan, seed, seconds, executions }) {
  const folder = path.join(root, "build-fuzz/artifacts", name);
  mkdirSync(folder, { recursive: true });
  const last = path.join(folder, "last-input.txt");
  const environment = asan
    ? nodeUnderAsan(addon, { leaks: true })
    : { STEADY_WHISPER_ADDON: addon };
  const args = [seed, seconds, executions].map(String);
  const started = performance.now();
  const end = await runTarget([name, ...args, last], { ...process.env, ...environment });
  const { calls = 0, results = 0, executions: done = 0 } = end.progress;
  const found = { executions: done, calls, results, seconds: (performance.now() - started) / 1000 };
  const why = end.progress.failure ?? failureOf(end, calls);
  if (why === undefined) return found;
  const again = `npm run fuzz -- --only ${name} --seed ${end.progress.seed ?? end.seed ?? seed}`;
  const tail = end.output.split("\n").slice(-80).join("\n");
  const input = readFileSync(last, "utf8").slice(0, 4000);
  return { ...found, failure: `${why}\n${tail}\nthe last input: ${input}\nagain: ${again}` };
}

function failureOf({ code, signal, hung, progress }, calls) {
  if (hung) return `nothing happened for ${SILENCE_MS / 1000} s`;
  if (code !== 0 || !progress.done) return `the process ended: ${signal ?? `exit code ${code}`}`;
  if (calls === 0) return "nothing was called";
  return undefined;
}

function runTarget(args, env) {
  const script = path.join(root, "test/fuzz/child.mjs");
  const child = spawn(process.execPath, ["--expose-gc", script, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const end = { output: "", progress: {}, seed: undefined, hung: false };
  const onHang = () => {
    end.hung = true;
    child.kill("SIGKILL");
  };
  // Told to stop, this process takes the target with it.
  const onSignal = (signal) => {
    child.kill("SIGKILL");
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  let timer = setTimeout(onHang, SILENCE_MS);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      end.output = (end.output + text).slice(-200_000);
    });
  }
  let unread = "";
  child.stdio[3].setEncoding("utf8").on("data", (text) => {
    clearTimeout(timer);
    timer = setTimeout(onHang, SILENCE_MS);
    const lines = (unread + text).split("\n");
    unread = lines.pop() ?? "";
    for (const one of lines) end.progress = JSON.parse(one);
    end.seed = end.progress.seed ?? end.seed;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
      resolve({ ...end, code, signal });
    });
  });
}
