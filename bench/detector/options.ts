import { Command, InvalidArgumentError, Option } from "commander";
import { CONTENDERS, ON_PUBLIC_STREAMS } from "./contenders.js";
import { REPORT_SCENARIO, SCENARIOS } from "./scenarios.js";

export interface BenchOptions {
  readonly streams: "public" | "fresh";
  readonly seeds: number;
  readonly firstSeed: number;
  readonly units?: number;
  readonly scenarios?: readonly string[];
  readonly detectors?: readonly string[];
  readonly perStream: boolean;
}

/** Options of a command line without node and the script. A wrong one ends the process, as --help does. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const scenarios = [...Object.keys(SCENARIOS), REPORT_SCENARIO];
  const command = new Command("bench:detector")
    .description(
      `Compares detectors of slow units on simulated streams of jobs. Exit status 1: a gate of "health" failed.`,
    )
    .addOption(
      new Option("--streams <set>", "the 40 public ones, or new ones")
        .choices(["public", "fresh"])
        .default("public"),
    )
    .option("--seeds <n>", "fresh streams of each scenario", positive, 10)
    .option("--first-seed <n>", "seed of the first", positive, 1)
    .option(
      "-k, --units <n>",
      "fresh streams: units of every pool, not the scenario's own",
      positive,
    )
    .option("--scenarios <names>", "only these, with commas between", listOf(scenarios))
    .option(
      "--detectors <names>",
      "only these, with commas between",
      listOf([...CONTENDERS.keys()]),
    )
    .option("--per-stream", "a row for each stream, too", false)
    .showHelpAfterError("(add --help for all options)")
    .parse(args, { from: "user" });
  const options = command.opts<BenchOptions>();
  if (options.streams === "public") {
    const idle = FRESH_ONLY.filter((name) => command.getOptionValueSource(name) === "cli");
    if (idle.length > 0) command.error(`error: ${idle.join(", ")}: only with --streams fresh`);
  } else {
    const blind = options.detectors?.filter((name) => ON_PUBLIC_STREAMS.includes(name)) ?? [];
    if (blind.length > 0) command.error(`error: ${blind.join(", ")}: only with --streams public`);
  }
  return options;
}

/** What makes no difference to the public streams. */
const FRESH_ONLY = ["seeds", "firstSeed", "units"] as const;

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("It must be an integer from 1.");
  }
  return value;
}

function listOf(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const names = text.split(",");
    for (const name of names) {
      if (!known.includes(name)) {
        throw new InvalidArgumentError(`There is no "${name}"; there are ${known.join(", ")}.`);
      }
    }
    return names;
  };
}
