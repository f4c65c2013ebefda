#!/usr/bin/env node
// What the library costs a service beyond whisper.cpp itself. docs/benchmarks.md says how, and what came out.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { root } from "./support/environment.mjs";
import { describeModel, idsOf, randomModel, swellingNoise } from "./support/models.mjs";
import { Reference } from "./support/reference.mjs";
import { Run, round } from "./support/report.mjs";
import {
  balancedOrders,
  blockedRatio,
  mean,
  median,
  pooledRatio,
  quantile,
  slope,
} from "./support/statistics.mjs";

const HELP = `Usage: node bench/overhead.mjs [options]

  --pairs <n>    pairs of jobs for the CPU time (default: 80). With fewer than 60 everything is cut short, and the
                 bounds are not checked: to see that the benchmark runs
  --only <part>  cpu, heap or loop (default: all)
  --seed <n>     seed of the audio and of the bootstrap (default: 1)
  --help
`;

const BOUNDS = { cpuRatio: 1.02, heapBytesPerJob: 1024, loopRatio: 1.5 };
const WARM_UP_PAIRS = 2; // of each block
const PAIRS_OF_BLOCK = 5;
const LOOP_STATES = 4;
const LOOP_RESOLUTION_MS = 10;
const SETTLE_MS = 300; // until the scheduler knows the load

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "80" },
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const pairs = Number(values.pairs);
const seed = Number(values.seed);
const parts = values.only === undefined ? ["cpu", "heap", "loop"] : [values.only];
const valid =
  Number.isInteger(pairs) &&
  pairs >= 2 &&
  Number.isInteger(seed) &&
  /^(cpu|heap|loop)$/.test(parts[0]);
if (values.help || !valid) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}
const complete = pairs >= 60;

const { WhisperContext, systemInfo } = await import(path.join(root, "dist/index.js"));
const model = randomModel("tiny");
const folder = mkdtempSync(path.join(tmpdir(), "steady-whisper-bench-"));

/**
 * CPU time of one job: of this whole process, and of the C++ program's during whisper_full(). A second C++ program is
 * the control: its ratio to the first is what this machine makes out of no difference at all.
 */
async function measureCpu(samples) {
  const file = path.join(folder, "audio.f32");
  writeFileSync(file, samples);
  const options = { threads: 1, temperatureIncrement: 0, audioContext: 256, maxTokens: 20 };
  const sameOptions = {
    pcm: file,
    keep: 1,
    ...{ n_threads: 1, temperature_inc: 0, audio_ctx: 256, max_tokens: 20 },
  };

  const blocks = [];
  for (let block = 0; block < Math.ceil(pairs / PAIRS_OF_BLOCK); block++) {
    // New weights, states and programs, at other places in memory.
    const context = await WhisperContext.create(model, { backend: "cpu" });
    const state = await context.createState();
    const programs = [new Reference(model), new Reference(model)];
    const arms = [
      async () => {
        const before = process.cpuUsage();
        const result = await state.transcribe(samples, options);
        const { user, system } = process.cpuUsage(before);
        return { cpuMs: (user + system) / 1000, threadMs: result.timing.cpuMs, ids: idsOf(result) };
      },
      ...programs.map((program) => async () => {
        const result = await program.run(sameOptions);
        return { cpuMs: result.cpuMs[0], ids: idsOf(result) };
      }),
    ];
    const measured = [];
    for (let i = 0; i < WARM_UP_PAIRS + PAIRS_OF_BLOCK; i++) {
      // Who comes first changes, so that a drift of the machine favours nobody.
      const results = [];
      for (let k = 0; k < arms.length; k++) {
        const arm = (block + i + (i % 2 === 0 ? k : arms.length - k)) % arms.length;
        results[arm] = await arms[arm]();
      }
      const ids = new Set(results.map((result) => result.ids));
      if (ids.size !== 1 || ids.has("")) throw new Error(`results differ: ${[...ids].join(" | ")}`);
      if (i >= WARM_UP_PAIRS) measured.push(results);
    }
    blocks.push(measured);
    for (const program of programs) program.close();
    await context.free();
  }

  const all = blocks.flat();
  const ratio = (a, b) =>
    blockedRatio(
      blocks.map((block) => block.map((results) => [results[a].cpuMs, results[b].cpuMs])),
      seed,
    );
  return {
    ...ratio(0, 1),
    control: ratio(2, 1),
    oursMs: median(all.map(([ours]) => ours.cpuMs)),
    theirsMs: median(all.map(([, theirs]) => theirs.cpuMs)),
    controlMs: median(all.map(([, , control]) => control.cpuMs)),
    outsideStateThreadMs: median(all.map(([ours]) => ours.cpuMs - ours.threadMs)),
  };
}

/** Growth of the JavaScript heap with each job, garbage collected. */
async function measureHeap(context, samples) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const jobs = complete ? 300 : 20;
  const every = complete ? 10 : 4;
  const warmUp = complete ? 50 : 4;
  const state = await context.createState();
  const short = samples.subarray(0, 16_000);
  const points = [];
  for (let i = 0; i < warmUp + jobs; i++) {
    const options = { threads: 1, temperatureIncrement: 0, audioContext: 64, maxTokens: 4 };
    await state.transcribe(short, options);
    if (i >= warmUp && i % every === 0) {
      for (let round = 0; round < 2; round++) {
        collect();
        await setImmediate(); // what finalizers left
      }
      points.push([i, process.memoryUsage().heapUsed]);
    }
  }
  await state.free();
  return { bytesPerJob: slope(points), jobs, heapMiB: points.at(-1)[1] / 2 ** 20 };
}

/**
 * Event loop and file reads while 4 jobs run here, and while 4 other processes run the same jobs. As control, 4 processes
 * that only spin: their ratio is what the jobs' traffic on caches and memory costs, wherever they run.
 */
async function measureLoop(context, samples) {
  const states = await Promise.all(
    Array.from({ length: LOOP_STATES }, () => context.createState()),
  );
  const file = path.join(folder, "read.bin");
  writeFileSync(file, new Uint8Array(64 * 1024));
  const pcm = path.join(folder, "loop.f32");
  writeFileSync(pcm, samples);
  const rounds = complete ? 24 : 2;
  const roundMs = complete ? 3000 : 1000;

  const withJobs = async () => {
    const controller = new AbortController();
    const running = states.map(async (state) => {
      while (!controller.signal.aborted) {
        const options = { threads: 1, temperatureIncrement: 0, signal: controller.signal };
        await state.transcribe(samples, options).catch((error) => {
          if (error.code !== "ERR_WHISPER_ABORTED") throw error;
        });
      }
    });
    await setTimeout(SETTLE_MS);
    const observed = await observe(file, roundMs);
    controller.abort();
    await Promise.all(running);
    return observed;
  };
  const withSameJobsElsewhere = async () => {
    const programs = Array.from({ length: LOOP_STATES }, () => new Reference(model));
    const job = { pcm, keep: 1, n_threads: 1, temperature_inc: 0 };
    // The model is loaded, and it computes.
    await Promise.all(programs.map((program) => program.run({ ...job, max_tokens: 1 })));
    for (const program of programs) program.run({ ...job, repeat: 1_000_000 }).catch(() => {});
    await setTimeout(SETTLE_MS);
    const observed = await observe(file, roundMs);
    await Promise.all(programs.map((program) => program.kill()));
    return observed;
  };
  const withSpinning = async () => {
    const children = Array.from({ length: LOOP_STATES }, () =>
      spawn(process.execPath, ["-e", "console.log(); for (;;);"], {
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    await setTimeout(SETTLE_MS);
    const observed = await observe(file, roundMs);
    const gone = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(gone);
    return observed;
  };

  const idle = await observe(file, roundMs);
  const arms = [withJobs, withSameJobsElsewhere, withSpinning];
  const orders = balancedOrders(arms.length);
  const measured = [];
  for (let i = 0; i < rounds; i++) {
    const observed = [];
    for (const arm of orders[i % orders.length]) observed[arm] = await arms[arm]();
    measured.push(observed);
  }
  await Promise.all(states.map((state) => state.free()));

  const figure = (name, statistic) => {
    const ratio = (a, b) =>
      pooledRatio(
        measured.map((observed) => [observed[a][name], observed[b][name]]),
        statistic,
        seed,
      );
    const all = (arm) => statistic(measured.flatMap((observed) => observed[arm][name]));
    return {
      ...ratio(0, 1),
      control: ratio(1, 2),
      ...{ jobsMs: all(0), processesMs: all(1), spinningMs: all(2) },
      idleMs: statistic(idle[name]),
    };
  };
  return {
    loopMean: figure("loopMeans", mean),
    loopP99: figure("loopP99s", mean),
    readMean: figure("reads", mean),
    readP95: figure("reads", (reads) => quantile(reads, 0.95)),
  };
}

/** Delays of this process's event loop, and of reads of a small file, over a while. In ms. */
async function observe(file, forMs) {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  const reads = [];
  const end = performance.now() + forMs;
  histogram.enable();
  while (performance.now() < end) {
    const started = performance.now();
    await readFile(file);
    reads.push(performance.now() - started);
    await setTimeout(3);
  }
  histogram.disable();
  // The histogram's values contain the timer's own interval; 0.01: nothing divides by 0.
  const delay = (ns) => Math.max(ns / 1e6 - LOOP_RESOLUTION_MS, 0.01);
  return {
    reads,
    loopMeans: [delay(histogram.mean)],
    loopP99s: [delay(histogram.percentile(99))],
  };
}

function ratioRow(what, { ratio, low, high }, ours, theirs, bound) {
  return {
    what,
    ours: round(ours),
    theirs: round(theirs),
    ratio: round(ratio),
    low: round(low),
    high: round(high),
    bound,
  };
}

async function main() {
  const run = new Run("overhead", complete);
  const samples = swellingNoise(5, seed);
  const context = await WhisperContext.create(model, { backend: "cpu" });
  const rows = [];

  let cpu;
  if (parts.includes("cpu")) {
    run.progress(`CPU time of ${pairs} pairs of jobs`);
    cpu = await measureCpu(samples);
    rows.push(
      ratioRow("CPU ms of a job: addon / C++", cpu, cpu.oursMs, cpu.theirsMs, BOUNDS.cpuRatio),
    );
    rows.push(
      ratioRow("CPU ms of a job: C++ / C++ (control)", cpu.control, cpu.controlMs, cpu.theirsMs),
    );
    run.bounds.atMost("CPU ratio, lower 95 % bound", cpu.low, BOUNDS.cpuRatio);
  }
  let heap;
  if (parts.includes("heap")) {
    run.progress("heap");
    heap = await measureHeap(context, samples);
    rows.push({
      what: "heap bytes per job",
      ours: round(heap.bytesPerJob, 1),
      bound: BOUNDS.heapBytesPerJob,
    });
    run.bounds.atMost("heap bytes per job", heap.bytesPerJob, BOUNDS.heapBytesPerJob);
  }
  let loop;
  if (parts.includes("loop")) {
    run.progress("event loop");
    loop = await measureLoop(context, samples);
    for (const [name, figure] of Object.entries(loop)) {
      const { control, jobsMs, processesMs, spinningMs } = figure;
      const what = `${name} ms: 4 jobs / 4 processes`;
      rows.push(ratioRow(what, figure, jobsMs, processesMs, BOUNDS.loopRatio));
      const spinning = `${name} ms: 4 processes / 4 that spin (control)`;
      rows.push(ratioRow(spinning, control, processesMs, spinningMs));
      run.bounds.atMost(name, figure.ratio, BOUNDS.loopRatio);
    }
  }
  await context.free();
  console.table(rows);

  run.end({
    systemInfo: systemInfo(),
    model: describeModel("tiny"),
    seed,
    ...{ cpu, heap, loop },
  });
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
