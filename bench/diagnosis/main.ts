// Right and wrong verdicts on simulated runs of known truth. docs/diagnosis-figures.md says how, and what came out.

import { isAbove, isBelow } from "./chance.js";
import { chosenCells, parseOptions } from "./options.js";
import { likelyRate } from "./reference-rates.js";
import { type CellResult, runCell } from "./run-cell.js";
import { headerRow, resultRow } from "./table.js";

/** Runs with any wrong verdict, as a share: no more, in any cell. */
const MOST_WRONG = 0.01;

const options = parseOptions(process.argv.slice(2));
const { runs, firstSeed } = options;
const cells = chosenCells(options);
const started = performance.now();
console.log(`${cells.length} cells, seeds ${firstSeed} to ${firstSeed + runs - 1} of each\n`);
console.log(headerRow());
for (const cell of cells) {
  const result = runCell(cell, runs, firstSeed);
  const faults = faultsOf(result);
  console.log(resultRow(result, faults));
  if (faults.length > 0) process.exitCode = 1;
}
console.log(`\n${((performance.now() - started) / 60_000).toFixed(1)} minutes`);

function faultsOf({ cell: { reference }, right, wrong }: CellResult): string[] {
  const faults: string[] = [];
  if (reference !== undefined && isBelow(right, runs, likelyRate(reference))) {
    faults.push("right less often than the reference");
  }
  if (isAbove(wrong, runs, MOST_WRONG)) faults.push("wrong too often");
  return faults;
}
