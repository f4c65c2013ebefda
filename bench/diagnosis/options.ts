import { Command, InvalidArgumentError } from "commander";
import { CELLS, type Cell } from "./cells.js";

export interface BenchOptions {
  readonly runs: number;
  readonly firstSeed: number;
  /** Names of cells, or parts of them. */
  readonly cells?: readonly string[];
}

/** Options of a command line without node and the script. A wrong one ends the process, as --help does. */
export function parseOptions(args: readonly string[]): BenchOptions {
  return new Command("bench:diagnosis")
    .description(
      "Right and wrong verdicts of the diagnosis on simulated runs of known truth. Exit status 1: a cell is worse than the reference, or wrong too often, beyond chance.",
    )
    .option("--runs <n>", "runs of each cell", positive, 200)
    .option("--first-seed <n>", "seed of the first", positive, 1)
    .option("--cells <names>", "only cells that contain one of these, with commas between", named)
    .showHelpAfterError("(add --help for all options)")
    .parse(args, { from: "user" })
    .opts<BenchOptions>();
}

export function chosenCells({ cells }: BenchOptions): readonly Cell[] {
  return CELLS.filter(({ name }) => cells?.some((part) => name.includes(part)) ?? true);
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("It must be an integer from 1.");
  }
  return value;
}

/** Parts of names, with commas between. A comma in a name can't be part of one. */
function named(text: string): string[] {
  const parts = text.split(",");
  for (const part of parts) {
    if (part === "" || !CELLS.some(({ name }) => name.includes(part))) {
      throw new InvalidArgumentError(
        `No cell contains "${part}"; there are ${CELLS.map(({ name }) => name).join("; ")}.`,
      );
    }
  }
  return parts;
}
