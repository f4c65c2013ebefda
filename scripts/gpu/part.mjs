// What the parts of scripts/gpu-check have in common: their options, one JSON on standard output whatever happens, and
// an exit code.

import { parseArgs } from "node:util";

const OPTIONS = {
  backend: { type: "string", default: "cuda" },
  quick: { type: "boolean", default: false },
  model: { type: "string", multiple: true },
};

/**
 * @template T
 * @typedef {object} PartOptions
 * @property {string} backend  "cuda"; "cpu" tries the part itself on a machine without GPU
 * @property {boolean} quick  as little as shows that the part runs: its figures mean nothing
 * @property {string[]} models  see workloads.mjs
 */

/**
 * Runs a part of scripts/gpu-check and prints what it returns. It passes when that says so.
 * @param {(options: PartOptions) => Promise<{ passed: boolean }>} body
 */
export async function runPart(body) {
  let section;
  let options = {};
  try {
    const { values } = parseArgs({ options: OPTIONS });
    options = {
      backend: values.backend,
      quick: values.quick,
      models: values.model ?? (values.quick ? ["micro"] : ["micro", "base"]),
    };
    section = await body(options);
  } catch (error) {
    console.error(error);
    section = { passed: false, error: error.code ? `${error.code}: ${error.message}` : `${error}` };
  }
  const { backend, quick } = options;
  process.stdout.write(`${JSON.stringify({ backend, quick, ...section }, null, 2)}\n`);
  process.exitCode = section.passed ? 0 : 1;
}

export const round = (value, digits = 3) =>
  Number.isFinite(value) ? Number(value.toFixed(digits)) : null;

/** A ratio with its interval, as it is printed. */
export const interval = ({ ratio, low, high, pairs }) => ({
  ratio: round(ratio),
  low: round(low),
  high: round(high),
  pairs,
});
