// Runs one target for some time, as a process of its own:
//
//   node --expose-gc test/fuzz/child.mjs <target> <seed> <seconds> <least calls> <file>
//
// Inputs come in batches, and a batch has a seed: that of the first is the one given, each next one is 1 more. So a
// failure in the batch of seed S comes back with `--seed S`. What is being tried is written to the file beforehand, for
// a process that doesn't live to tell. Progress goes to descriptor 3, as lines of JSON.

import { ftruncateSync, openSync, writeSync } from "node:fs";
import { inspect } from "node:util";
import fc from "fast-check";
import { callCounts, inTime } from "./calls.mjs";
import { isPlanted, whileArmed } from "./values.mjs";

const BATCH = 20;
const BATCH_MS = 240_000;
const END_MS = 30_000;

const [name, seedText, secondsText, leastText, lastFile] = process.argv.slice(2);
const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
const last = openSync(lastFile, "w");
let executions = 0;
let seed = Number(seedText);

// What callbacks of the caller's throw is the caller's: it becomes an uncaught exception.
process.on("uncaughtException", (error) => {
  if (!isPlanted(error)) die(`uncaught exception: ${error?.stack ?? error}`);
});
process.on("unhandledRejection", (error) => {
  if (!isPlanted(error)) die(`unhandled rejection: ${error?.stack ?? error}`);
});

main().catch((error) => die(`the fuzzer itself: ${error?.stack}`));

async function main() {
  const target = await import(`./target-${name}.mjs`);
  do {
    report({ seed, ...totals() });
    await batch(target);
    await inTime("what comes after a batch", target.after?.());
    seed = (seed + 1) | 0;
  } while (seconds() < Number(secondsText) || callCounts().calls < Number(leastText));
  await target.end?.();
  report({ ...totals(), done: true });
  // Nothing is left that keeps the process alive. It ends by itself, or LeakSanitizer would find all that Node has.
  setTimeout(() => {
    die(`the process doesn't end; it has ${process.getActiveResourcesInfo().join(", ")}`);
  }, END_MS).unref();
}

async function batch(target) {
  const property = fc.asyncProperty(target.input, async (input) => {
    executions += 1;
    writeLast(input);
    await whileArmed(() => target.run(input));
  });
  // Shrinking runs the input again and again; where that is a call that hangs, each time costs a minute.
  const limits = { interruptAfterTimeLimit: BATCH_MS, markInterruptAsFailure: true };
  const result = await fc.check(property, { seed, numRuns: BATCH, ...limits });
  if (result.failed) {
    const [input] = result.counterexample ?? [];
    const why =
      result.errorInstance?.stack ?? `${BATCH} inputs took more than ${BATCH_MS / 1000} s`;
    die(`seed ${seed}: ${why}\nwith ${show(input)}`);
  }
}

function writeLast(input) {
  const line = Buffer.from(`seed ${seed}: ${show(input)}\n`);
  writeSync(last, line, 0, line.length, 0);
  ftruncateSync(last, line.length);
}

/** Of anything, without running a line of it: proxies and getters here do harm. */
function show(input) {
  const options = { depth: 6, showProxy: true, breakLength: Number.POSITIVE_INFINITY };
  return inspect(input, { ...options, maxArrayLength: 100, maxStringLength: 2000 }).slice(
    0,
    20_000,
  );
}

function totals() {
  return { ...callCounts(), executions, seconds: seconds() };
}

function report(value) {
  writeSync(3, `${JSON.stringify(value)}\n`);
}

function die(message) {
  console.error(message);
  report({ ...totals(), failure: message.slice(0, 4000) });
  process.exit(1);
}
