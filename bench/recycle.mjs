#!/usr/bin/env node
// What it costs to give every job a clean state, and to replace everything now and then. docs/benchmarks.md says how, and
// what came out.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "./support/environment.mjs";
import { describeModel, randomModel, swellingNoise, writeWav } from "./support/models.mjs";
import { PoolArm, RestartedArm } from "./support/recycle-arms.mjs";
import { Run, round } from "./support/report.mjs";
import {
  balancedOrders,
  blockedRatio,
  mean,
  median,
  pooledRatio,
  quantile,
} from "./support/statistics.mjs";

const HELP = `Usage: node bench/recycle.mjs [options]

  --blocks <n>  blocks of jobs for each arm (default: 12). With fewer than 12 jobs are shorter, and bounds are not checked:
                to see that the benchmark runs
  --seed <n>    seed of the audio and of the bootstrap (default: 1)
  --help
`;

const BOUNDS = { resetThroughput: 0.98, contextThroughput: 0.95, contextLatency: 1.05 };
const EVERY = 5; // jobs between two replacements
// Replacements then fall on a block's 3rd and 8th job, or come after it: all of each lies within the block.
const WARM_UP_JOBS = 2;
const AUDIO_SECONDS = 5;
const AUDIOS = 3; // no divisor of EVERY: replacements meet each of them

const { values } = parseArgs({
  options: {
    blocks: { type: "string", default: "12" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});
const blocks = Number(values.blocks);
const seed = Number(values.seed);
if (values.help || !(Number.isInteger(blocks) && blocks >= 1 && Number.isInteger(seed))) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 1);
}
const complete = blocks >= 12;
const jobsOfBlock = complete ? 10 : 5;
/** Each about a second, or a tenth of one. */
const jobOptions = complete
  ? { temperatureIncrement: 0, maxTokens: 80 }
  : { temperatureIncrement: 0, maxTokens: 10, audioContext: 256 };

const { systemInfo } = await import(path.join(root, "dist/index.js"));
const model = randomModel("tiny");
const folder = mkdtempSync(path.join(tmpdir(), "steady-whisper-bench-"));
const files = Array.from({ length: AUDIOS }, (_, i) => {
  const file = path.join(folder, `${i}.wav`);
  writeWav(file, swellingNoise(AUDIO_SECONDS, seed + i));
  return file;
});

const NONE = 0;
const CONTEXT = 2;
const arms = [
  { name: "none", open: () => PoolArm.open(model, { reset: "never" }) },
  { name: "reset every job", open: () => PoolArm.open(model, { reset: "every-job" }) },
  {
    // The job that runs while the new context is built is the 5th on the old one.
    name: `context every ${EVERY} jobs`,
    open: () =>
      PoolArm.open(model, { reset: "every-job", recycle: { maxJobs: EVERY - 1, jitter: 0 } }),
  },
  { name: `process every ${EVERY} jobs`, open: () => RestartedArm.open(model, EVERY) },
];

/** One block of one arm, on a pool or a worker of its own; nothing of it is left afterwards. */
async function measure(arm, block) {
  const opened = await arm.open();
  const ids = [];
  const job = async (index) => {
    const submittedAt = performance.now();
    const result = await opened.run(files[(block + index) % AUDIOS], jobOptions);
    ids.push(result.ids);
    return { ...result, latencyMs: performance.now() - submittedAt };
  };
  for (let i = 0; i < WARM_UP_JOBS; i++) await job(i);
  await opened.settle();

  const earlier = opened.recycles.length;
  const cpuBefore = opened.cpuMs();
  const startedAt = performance.now();
  const jobs = [];
  for (let i = 0; i < jobsOfBlock; i++) jobs.push(await job(WARM_UP_JOBS + i));
  // What the last job has set off is the block's too.
  const jobsEndedAt = performance.now();
  await opened.settle();
  const endedAt = performance.now();
  const cpuMs = opened.cpuMs() - cpuBefore;
  const recycles = opened.recycles.slice(earlier);
  await opened.close();
  return {
    ids: ids.join("|"),
    wallMs: endedAt - startedAt,
    tailMs: endedAt - jobsEndedAt,
    cpuMs,
    latencies: jobs.map(({ latencyMs }) => latencyMs),
    queues: jobs.map(({ queueMs }) => queueMs),
    runDelays: jobs.map(({ runDelayMs = 0 }) => runDelayMs),
    recycles,
  };
}

const p95 = (values) => quantile(values, 0.95);

/** An arm beside the first one, over all blocks. */
function compare(measured, arm) {
  const pairs = (figure) => measured.map((block) => [figure(block[arm]), figure(block[NONE])]);
  // The typical block's: single pairs are blocks here, which share no memory with others.
  const ratio = (figure) =>
    blockedRatio(
      pairs(figure).map((pair) => [pair]),
      seed,
    );
  const own = measured.map((block) => block[arm]);
  const all = (name) => own.flatMap((block) => block[name]);
  const recycles = all("recycles");
  return {
    arm: arms[arm].name,
    throughput: ratio(({ wallMs }) => 1 / wallMs),
    latencyP95: pooledRatio(
      pairs(({ latencies }) => latencies),
      p95,
      seed,
    ),
    cpu: ratio(({ cpuMs }) => cpuMs),
    jobs: all("latencies").length,
    jobsPerSecond: (1000 * jobsOfBlock) / median(own.map(({ wallMs }) => wallMs)),
    latencyMs: { median: median(all("latencies")), p95: p95(all("latencies")) },
    queueMs: { p95: p95(all("queues")), max: Math.max(...all("queues")) },
    cpuMsPerJob: median(own.map(({ cpuMs }) => cpuMs)) / jobsOfBlock,
    /** How long jobs were kept from a core: by recycles, or by somebody else on the machine. */
    runDelayMsPerJob: mean(all("runDelays")),
    tailMs: Math.max(...own.map(({ tailMs }) => tailMs)),
    recycles: {
      count: recycles.length,
      stopped: recycles.filter(({ stopped }) => stopped).length,
      failed: recycles.filter(({ outcome = "done" }) => outcome !== "done").length,
      ...(recycles.length > 0 && {
        jobsEach: all("latencies").length / recycles.length,
        totalMs: median(recycles.map(({ totalMs }) => totalMs)),
      }),
      ...(arm === CONTEXT && {
        loadMs: median(recycles.map(({ loadMs }) => loadMs)),
        warmMs: median(recycles.map(({ warmMs }) => warmMs)),
      }),
    },
  };
}

function row({ arm, throughput, latencyP95, cpu, queueMs, recycles }) {
  const interval = ({ ratio, low, high }) =>
    `${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  return {
    arm,
    throughput: interval(throughput),
    "latency p95": interval(latencyP95),
    cpu: interval(cpu),
    "queue p95 ms": round(queueMs.p95, 1),
    "queue max ms": round(queueMs.max, 1),
    recycles: recycles.count,
    stopped: recycles.stopped,
  };
}

async function main() {
  const run = new Run("recycle", complete);
  const orders = balancedOrders(arms.length);
  const measured = [];
  for (let block = 0; block < blocks; block++) {
    run.progress(`block ${block + 1} of ${blocks}`);
    const results = [];
    for (const arm of orders[block % orders.length]) results[arm] = await measure(arms[arm], block);
    const ids = new Set(results.map((result) => result.ids));
    if (ids.size !== 1 || ids.has("")) throw new Error(`results differ: ${[...ids].join("\n")}`);
    measured.push(results);
  }

  const figures = arms.map((_, arm) => compare(measured, arm));
  console.table(figures.map(row));
  const [, reset, context] = figures;
  run.bounds.atLeast("throughput, reset every job", reset.throughput.ratio, BOUNDS.resetThroughput);
  run.bounds.atLeast(
    "throughput, context recycles",
    context.throughput.ratio,
    BOUNDS.contextThroughput,
  );
  run.bounds.atMost("latency, context recycles", context.latencyP95.ratio, BOUNDS.contextLatency);
  // A pool that doesn't recycle would keep every other bound.
  run.bounds.atMost("jobs for each context recycle", context.recycles.jobsEach, EVERY + 1);
  run.end({
    systemInfo: systemInfo(),
    model: describeModel("tiny"),
    seed,
    jobOptions,
    arms: figures,
  });
}

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
