#!/usr/bin/env node
// What it costs to have the model in a process of its own (isolation "process") rather than on threads of this one.
// docs/benchmarks.md says how that is measured.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { root } from "./support/environment.mjs";
import { IsolationArm } from "./support/isolation-arms.mjs";
import { describeModel, randomModel, swellingNoise, writeWav } from "./support/models.mjs";
import { Run, round } from "./support/report.mjs";
import { blockedRatio, mean, median } from "./support/statistics.mjs";

const HELP = `Usage: node bench/isolation.mjs [options]

  --pairs <n>      pairs of jobs for each form of audio (default: 40). With fewer than 24 everything is cut short, and the
                   bounds are not checked: to see that the benchmark runs
  --only <part>    latency, throughput, start or copies (default: all)
  --against <i>    what is compared with isolation thread (default: process). With thread it is compared with itself: what
                   this machine makes of no difference
  --seed <n>       seed of the audio and of the bootstrap (default: 1)
  --help
`;

const BOUNDS = { latency: 1.03, copies: 1.1 };
const PARTS = ["latency", "throughput", "start", "copies"];
/** Each is a pair of pools of its own, at other places in memory. */
const PAIRS_OF_BLOCK = 4;
const WARM_UP_PAIRS = 1;
const AUDIO_SECONDS = 10;
const THREAD = 0;
const OTHER = 1;

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "40" },
    only: { type: "string" },
    against: { type: "string", default: "process" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const pairs = Number(values.pairs);
const seed = Number(values.seed);
const parts = values.only === undefined ? PARTS : [values.only];
const valid =
  Number.isInteger(pairs) &&
  pairs >= 2 &&
  Number.isInteger(seed) &&
  PARTS.includes(parts[0]) &&
  /^(process|thread)$/.test(values.against);
if (values.help || !valid) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}
const complete = pairs >= 24;
const isolations = ["thread", values.against];
const jobOptions = complete
  ? { temperatureIncrement: 0, maxTokens: 40 }
  : { temperatureIncrement: 0, maxTokens: 4, audioContext: 256 };

const { systemInfo } = await import(path.join(root, "dist/index.js"));
const model = randomModel("tiny");
const folder = mkdtempSync(path.join(tmpdir(), "steady-whisper-bench-"));
const samples = swellingNoise(AUDIO_SECONDS, seed);
const file = path.join(folder, "audio.wav");
writeWav(file, samples);
const forms = { Float32Array: samples, path: file, Buffer: readFileSync(file) };

/** The order of the two arms in a pair: A B, B A, so that neither a drift nor what one leaves behind favours any. */
const orderOf = (pair) => (pair % 2 === 0 ? [THREAD, OTHER] : [OTHER, THREAD]);

function sameIds(results) {
  const ids = new Set(results.map((result) => result.ids));
  if (ids.size !== 1 || ids.has("")) throw new Error(`results differ: ${[...ids].join("\n")}`);
}

const openArms = (slots) =>
  Promise.all(isolations.map((isolation) => IsolationArm.open(model, isolation, slots)));

/** Blocks of pairs of what `measure` gives for an arm; every block on new pools. */
async function alternate(slots, blocks, measure) {
  const measured = [];
  for (let block = 0; block < blocks; block++) {
    const arms = await openArms(slots);
    const own = [];
    for (let pair = -WARM_UP_PAIRS; pair < PAIRS_OF_BLOCK; pair++) {
      const results = [];
      for (const arm of orderOf(block + pair + WARM_UP_PAIRS)) {
        results[arm] = await measure(arms[arm]);
      }
      sameIds(results);
      if (pair >= 0) own.push(results);
    }
    measured.push(own);
    await Promise.all(arms.map((arm) => arm.close()));
  }
  return measured;
}

/** The other isolation's figure divided by that of threads. */
function ratioOf(blocks, figure) {
  return blockedRatio(
    blocks.map((block) =>
      block.map((results) => [figure(results[OTHER]), figure(results[THREAD])]),
    ),
    seed,
  );
}

const each = (blocks, arm, figure) => blocks.flat().map((results) => figure(results[arm]));

async function measureLatency(run) {
  const figures = {};
  for (const [form, audio] of Object.entries(forms)) {
    run.progress(`latency, ${form}`);
    const blocks = await alternate(1, Math.ceil(pairs / PAIRS_OF_BLOCK), (arm) =>
      arm.run(audio, jobOptions),
    );
    const medians = (name) =>
      [THREAD, OTHER].map((arm) => median(each(blocks, arm, (r) => r[name])));
    figures[form] = {
      latency: ratioOf(blocks, ({ latencyMs }) => latencyMs),
      /** Without what somebody else on the machine did: its threads were ready, and had no CPU. */
      ownLatency: ratioOf(blocks, ({ latencyMs, runDelayMs }) => latencyMs - runDelayMs),
      latencyMs: medians("latencyMs"),
      ownLatencyMs: [THREAD, OTHER].map((arm) =>
        median(each(blocks, arm, ({ latencyMs, runDelayMs }) => latencyMs - runDelayMs)),
      ),
      // The engine's CPU time comes in steps of 10 ms: its mean is exact, its median isn't.
      cpuMs: [THREAD, OTHER].map((arm) => mean(each(blocks, arm, ({ cpuMs }) => cpuMs))),
      decodeAudioMs: medians("decodeAudioMs"),
      runDelayMs: [THREAD, OTHER].map((arm) => mean(each(blocks, arm, (r) => r.runDelayMs))),
    };
  }
  return figures;
}

async function measureThroughput(run) {
  run.progress("throughput of 2 slots");
  const blocks = await alternate(2, complete ? 6 : 1, (arm) =>
    arm.runAll(samples, jobOptions, complete ? 6 : 4),
  );
  return {
    throughput: ratioOf(blocks, ({ perSecond }) => perSecond),
    perSecond: [THREAD, OTHER].map((arm) => median(each(blocks, arm, (r) => r.perSecond))),
  };
}

/** What a program prints, for both isolations in turn. */
async function inNewProcesses(program, repetitions, args) {
  const measured = isolations.map(() => []);
  for (let i = 0; i < repetitions; i++) {
    for (const arm of orderOf(i)) {
      const { stdout } = await promisify(execFile)(process.execPath, [
        "--expose-gc",
        path.join(root, "bench/support", program),
        JSON.stringify({ model, isolation: isolations[arm], options: jobOptions, seed, ...args }),
      ]);
      measured[arm].push(JSON.parse(stdout));
    }
  }
  const names = Object.keys(measured[THREAD][0]);
  return Object.fromEntries(
    names.map((name) => [name, measured.map((own) => median(own.map((one) => one[name])))]),
  );
}

const mib = (bytes) => round(bytes / 2 ** 20, 1);

function row(what, [thread, other], ratio, bound) {
  const interval = ratio && `${round(ratio.ratio)} [${round(ratio.low)}, ${round(ratio.high)}]`;
  return {
    what,
    thread: round(thread, 2),
    [values.against === "thread" ? "thread again" : "process"]: round(other, 2),
    ratio: interval ?? round(other / thread),
    bound,
  };
}

async function main() {
  const run = new Run("isolation", complete);
  const rows = [];
  const figures = {};
  if (parts.includes("latency")) {
    figures.latency = await measureLatency(run);
    for (const [form, one] of Object.entries(figures.latency)) {
      const bound = form === "Float32Array" ? BOUNDS.latency : undefined;
      rows.push(row(`${form}: latency, median ms`, one.latencyMs, one.latency, bound));
      rows.push(row(`${form}: without waits for a CPU`, one.ownLatencyMs, one.ownLatency));
      rows.push(row(`${form}: CPU of host and engine, mean ms`, one.cpuMs));
    }
    run.bounds.atMost(
      "latency with a Float32Array",
      figures.latency.Float32Array.latency.ratio,
      BOUNDS.latency,
    );
  }
  if (parts.includes("throughput")) {
    figures.throughput = await measureThroughput(run);
    const { perSecond, throughput } = figures.throughput;
    rows.push(row("2 slots: jobs per second", perSecond, throughput));
  }
  if (parts.includes("start")) {
    run.progress("start-up and memory");
    const args = { seconds: AUDIO_SECONDS };
    figures.start = await inNewProcesses("start-of.mjs", complete ? 7 : 1, args);
    const { readyMs, firstResultMs, rssBytes, engineRssBytes } = figures.start;
    const whole = rssBytes.map((bytes, arm) => mib(bytes + engineRssBytes[arm]));
    rows.push(row("pool is ready, ms", readyMs));
    rows.push(row("first result, ms", firstResultMs));
    rows.push(row("RSS of the host, MiB", rssBytes.map(mib)));
    rows.push(row("RSS of host and engine, MiB", whole));
  }
  if (parts.includes("copies") && existsSync("/proc/self/clear_refs")) {
    run.progress("how often long PCM is in the host");
    const seconds = complete ? 3600 : 300;
    figures.copies = await inNewProcesses("copies-of.mjs", complete ? 3 : 1, { seconds });
    const { copies } = figures.copies;
    rows.push(
      row(`${seconds / 60} min of PCM: copies in the host`, copies, undefined, BOUNDS.copies),
    );
    // Threads have the spectrogram in this process, too: the bound is the other isolation's.
    run.bounds.atMost("copies in the host", copies[OTHER], BOUNDS.copies);
  }
  console.table(rows);
  run.end({
    systemInfo: systemInfo(),
    model: describeModel("tiny"),
    ...{ isolations, seed, pairs, jobOptions },
    ...figures,
  });
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
