// Compares detectors of slow units on simulated streams of jobs. docs/benchmarks.md says how, and what came out.

import { comparisonOf } from "./comparison.js";
import { CONTENDERS, exitStatus, ON_PUBLIC_STREAMS } from "./contenders.js";
import { gatesOf, wrongGiveUps } from "./gates.js";
import { generateStream } from "./generate/generate-stream.js";
import { type BenchOptions, parseOptions } from "./options.js";
import { publicStreams } from "./public-streams.js";
import { type Run, runContender } from "./run-contender.js";
import { SCENARIOS } from "./scenarios.js";
import type { ScoredStream } from "./scored-stream.js";
import type { Stream } from "./stream.js";
import { tableOf } from "./table.js";

const options = parseOptions(process.argv.slice(2));
const streams = streamsOf(options);
if (streams.length === 0) {
  console.error("no public stream is of these scenarios: they need --streams fresh");
  process.exit(1);
}
const jobs = streams.reduce((sum, stream) => sum + stream.jobs.length, 0);
console.log(`${streams.length} ${describe(options)}, ${jobs} jobs`);

const runs = new Map<string, readonly ScoredStream[]>();
for (const name of options.detectors ?? defaultDetectors(options)) {
  const contender = CONTENDERS.get(name);
  if (!contender) throw new RangeError(`no detector "${name}"`);
  const { scored, observeUs } = runContender(contender, streams);
  runs.set(name, scored);
  console.log(`\n## ${name}: ${costOf(observeUs)}\n`);
  console.log(`${tableOf(scored, options.perStream)}\n`);
  for (const gate of gatesOf(scored)) {
    const verdict = gate.passed === undefined ? "-" : gate.passed ? "PASS" : "FAIL";
    console.log(`${verdict.padEnd(5)} ${gate.name}`);
  }
  const { wrong, of } = wrongGiveUps(scored);
  console.log(`INFO  given up although a reset cures it: ${wrong} of ${of} streams`);
}
process.exitCode = exitStatus(runs);
if (runs.size > 1) console.log(`\n${comparisonOf(runs)}`);

function streamsOf({ streams, scenarios, seeds, firstSeed, units }: BenchOptions): Stream[] {
  const wanted = (scenario: string) => scenarios?.includes(scenario) ?? true;
  if (streams === "public") return publicStreams().filter(({ scenario }) => wanted(scenario));
  return Object.entries(SCENARIOS)
    .filter(([name]) => wanted(name))
    .flatMap(([name, own]) => {
      const scenario = units === undefined ? own : { ...own, units };
      return Array.from({ length: seeds }, (_, i) => generateStream(name, scenario, firstSeed + i));
    });
}

function describe({ streams, firstSeed, seeds }: BenchOptions): string {
  if (streams === "public") return "public streams";
  return `fresh streams, seeds ${firstSeed} to ${firstSeed + seeds - 1} of each scenario`;
}

function costOf({ mean, median, p99 }: Run["observeUs"]): string {
  const [average, middle, high] = [mean, median, p99].map((us) => us.toFixed(2));
  return `observe takes ${average} us per job (median ${middle}, 99th percentile ${high})`;
}

/** Decisions that were recorded on the public streams are of no use on others. */
function defaultDetectors({ streams }: BenchOptions): string[] {
  return [...CONTENDERS.keys()].filter(
    (name) => streams === "public" || !ON_PUBLIC_STREAMS.includes(name),
  );
}
