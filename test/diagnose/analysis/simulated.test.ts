import { describe, expect, it } from "vitest";
import { CELLS } from "../../../bench/diagnosis/cells.js";
import { isAbove, isBelow } from "../../../bench/diagnosis/chance.js";
import { likelyRate } from "../../../bench/diagnosis/reference-rates.js";
import { runCell } from "../../../bench/diagnosis/run-cell.js";
import { headerRow, resultRow } from "../../../bench/diagnosis/table.js";

/** A slice of the cells and of the runs of `npm run bench:diagnosis`. */
const RUNS = 25;
/** In % of runs, where the reference has no such cell. */
const LEAST_RIGHT = 75;
const SLICE = ["H0@24", "H0+MC@40", "H1s+MC@24", "H1c@12", "H1p@24", "H2@24", "H3@12", "H4@40"];
const SEQUENTIAL = ["H0@sequential", "H1s@sequential,x1.2 at 40,outliers"];

describe("simulated runs of known truth", () => {
  it.each([...SLICE, ...SEQUENTIAL])("%s", (name) => {
    const cell = CELLS.find((one) => one.name === name)!;
    const runs = cell.sequential ? 5 : RUNS;
    const result = runCell(cell, runs, 1);
    console.log(`${headerRow()}\n${resultRow(result, [])}`);
    expect(isBelow(result.right, runs, likelyRate(cell.reference ?? LEAST_RIGHT))).toBe(false);
    expect(isAbove(result.wrong, runs, 0.01)).toBe(false);
  });

  it("fails beyond chance only", () => {
    // Binomial, 200 runs: 3 or fewer of 10 expected, 7 or more of 2 expected.
    expect(isBelow(64, 200, 0.32)).toBe(false);
    expect(isBelow(40, 200, 0.32)).toBe(true);
    expect(isBelow(200, 200, 1)).toBe(false);
    expect(isBelow(199, 200, 1)).toBe(true);
    expect(isAbove(2, 200, 0.01)).toBe(false);
    expect(isAbove(12, 200, 0.01)).toBe(true);
    expect(isAbove(0, 200, 0.01)).toBe(false);
  });
});
