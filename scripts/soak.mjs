#!/usr/bin/env node
// A day in a service: thousands of mixed jobs on a pool, with cancellations, time limits, recycles, resizes and crashes. No
// job may be lost, no segment be delivered twice, no result differ from a single run's in a bit; neither memory nor latency
// may grow. docs/benchmarks.md says how that is measured.

import { fileURLToPath } from "node:url";
import { machine } from "../bench/support/environment.mjs";
import { Run } from "../bench/support/report.mjs";
import { systemInfo } from "../dist/index.js";
import { HELP, settingsOf } from "./soak/arguments.mjs";
import { isClean, runClean } from "./soak/clean-process.mjs";
import { Journal, readJournal } from "./soak/journal.mjs";
import { LEAST_JUDGED, print } from "./soak/print.mjs";
import { Progress } from "./soak/progress.mjs";
import { withReferences } from "./soak/references.mjs";
import { serve } from "./soak/service.mjs";
import { summaryOf } from "./soak/summary.mjs";
import { works } from "./soak/works.mjs";

async function main({ file, earlier, ...settings }) {
  const run = new Run("soak", settings.jobs >= LEAST_JUDGED);
  const interrupt = new AbortController();
  process.on("SIGINT", () => {
    if (interrupt.signal.aborted) process.exit(130);
    run.progress("ending; once more ends it at once");
    interrupt.abort();
  });

  run.progress("what every work has to give");
  const able = await withReferences(works, (text) => run.progress(text));
  const journal = new Journal(file, earlier);
  journal.add({ kind: "run", time: new Date().toISOString(), settings, machine: machine() });
  const done = new Set(earlier.filter(({ kind }) => kind === "job").map(({ index }) => index));
  const left = Array.from({ length: settings.jobs }, (_, i) => i).filter((i) => !done.has(i));
  run.progress(`${left.length} jobs, isolation ${settings.isolation}; ${file}`);
  const progress = new Progress(settings, done.size, (text) => run.progress(text));
  const write = (line) => {
    journal.add(line);
    progress.see(line);
  };
  const wrong = await serve(left, settings, able, write, interrupt.signal);
  journal.add({ kind: "end", wrong });
  journal.close();

  const summary = summaryOf(readJournal(file), settings);
  print(summary, run.bounds);
  run.end({ systemInfo: systemInfo(), settings, file, ...summary });
  const { lost, duplicates, wrong: others, unexpected, inconsistencies } = summary;
  if (lost + duplicates + others + unexpected + inconsistencies.length > 0) process.exitCode = 1;
  if (interrupt.signal.aborted) process.exitCode = 130;
}

let settings;
try {
  settings = settingsOf(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
if (settings === undefined) process.stdout.write(HELP);
else if (isClean()) await main(settings);
else process.exitCode = await runClean(fileURLToPath(import.meta.url), process.argv.slice(2));
