// What every call has to be, whatever it was given: over within its time, with a result or with an error of this
// package whose code is known.

import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { WhisperError } from "../../dist/index.js";
import { isPlanted } from "./values.mjs";

const source = readFileSync(new URL("../../lib/errors.ts", import.meta.url), "utf8");
const codes = new Set(source.match(/ERR_WHISPER_\w+/g));

/** Under the sanitizers, on a busy machine, everything takes long. */
const LIMIT_MS = 60_000;

const counts = { calls: 0, results: 0, refusals: 0 };

/** Calls so far, of them those with a result and those that were refused. */
export function callCounts() {
  return { ...counts };
}

/** Counts a call that is over when it returns. */
export function countCall(refused) {
  counts.calls += 1;
  counts[refused ? "refusals" : "results"] += 1;
}

/** Runs one call of the public API. Gives its result, or undefined when it was refused. */
export async function call(what, run) {
  try {
    const result = await inTime(what, run());
    countCall(false);
    return result;
  } catch (error) {
    countCall(true);
    if (error instanceof Failure) throw error;
    checkError(what, error);
    return undefined;
  }
}

/** What the process must not do, as an error for fast-check. */
export class Failure extends Error {}

function checkError(what, error) {
  if (!(error instanceof WhisperError) || !codes.has(error.code)) {
    throw new Failure(`${what} failed with ${inspect(error)}`);
  }
  // Nothing that a caller does is a defect of the package; but whoever throws in a getter gets the error back.
  if (error.code === "ERR_WHISPER_INTERNAL" && !isPlanted(error.cause)) {
    throw new Failure(`${what}: ${inspect(error)}`);
  }
}

/** Settles like `promise`; fails when that takes too long. */
export async function inTime(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    const failure = new Failure(`${what} was not over within ${LIMIT_MS / 1000} s`);
    timer = setTimeout(() => reject(failure), LIMIT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
