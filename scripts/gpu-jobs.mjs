#!/usr/bin/env node
// Fifty jobs on a GPU state, reset after each; every transcript must equal the one that the CPU gives. Before them the
// device is asked for its memory while other contexts come and go. Prints one JSON.
// Called by scripts/gpu-check; `--backend cpu` tries the script itself on a machine without GPU.

import path from "node:path";
import { parseArgs } from "node:util";
import { WhisperContext } from "../dist/index.js";
import { files, micro } from "./gpu-speech.mjs";

const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "cuda" },
    jobs: { type: "string" },
    quick: { type: "boolean", default: false },
    model: { type: "string" },
  },
});

const jobCount = Number(values.jobs ?? (values.quick ? 6 : 50));
const model = values.model ?? path.join(micro, "micro-f16.bin");

const expected = await transcripts("cpu", Math.min(files.length, jobCount));
const gpu = await transcripts(values.backend, jobCount);

const different = gpu.jobs.flatMap((job) => {
  const cpu = expected.jobs.find(({ file }) => file === job.file);
  return cpu.text === job.text ? [] : [{ file: job.file, cpu: cpu.text, gpu: job.text }];
});
const memory = [expected, gpu].map(({ device, memory }) => ({
  device: device.name,
  ...memory,
  plausible: plausible(device, memory),
}));
const passed = different.length === 0 && memory.every((one) => one.plausible);

const half = Math.floor(gpu.jobs.length / 2);
process.stdout.write(
  `${JSON.stringify(
    {
      backend: values.backend,
      device: gpu.device,
      model: path.basename(model),
      jobs: gpu.jobs.length,
      different,
      loadMs: gpu.loadMs,
      state: gpu.state,
      deviceMemory: memory,
      // Per second of audio, so that the mix of files doesn't matter; the first job pays for the GPU's warm-up.
      msPerAudioSecond: {
        firstJob: median(gpu.jobs.slice(0, 1).map(cost)),
        firstHalf: median(gpu.jobs.slice(1, half).map(cost)),
        secondHalf: median(gpu.jobs.slice(half).map(cost)),
        cpu: median(expected.jobs.map(cost)),
      },
      rssBytes: { afterFirstJob: gpu.rssAfterFirst, afterLastJob: gpu.rssAfterLast },
      passed,
    },
    null,
    2,
  )}\n`,
);
process.exitCode = passed ? 0 : 1;

async function transcripts(backend, count) {
  const context = await WhisperContext.create(model, { backend });
  const memory = await memoryFigures(context, backend);
  const state = await context.createState();
  const jobs = [];
  let rssAfterFirst;
  try {
    for (let i = 0; i < count; ++i) {
      const { file, language } = files[i % files.length];
      const { text, audioDurationMs, timing } = await state.transcribe(file, { language });
      await state.reset();
      jobs.push({ file: path.basename(file), text, audioDurationMs, wallMs: timing.wallMs });
      rssAfterFirst ??= process.memoryUsage.rss();
    }
    const { device, loadMs } = context.info;
    const rssAfterLast = process.memoryUsage.rss();
    return { jobs, device, loadMs, memory, state: state.info, rssAfterFirst, rssAfterLast };
  } finally {
    await state.free();
    await context.free();
  }
}

// The device's memory with this one context, with more of the same, and with this one alone again.
async function memoryFigures(context, backend) {
  const count = 16; // 8 MB each: more than a driver's rounding
  const one = await context.deviceMemory();
  let asking = true;
  let queries = 0;
  const polling = (async () => {
    for (; asking; ++queries) await context.deviceMemory();
  })();
  try {
    const more = await Promise.all(
      Array.from({ length: count }, () => WhisperContext.create(model, { backend })),
    );
    const many = await context.deviceMemory();
    await Promise.all(more.map((other) => other.free()));
    const again = await context.deviceMemory();
    return { one, many, again, queries, weightsBytes: count * context.info.weightsBytes };
  } finally {
    asking = false;
    await polling;
  }
}

// Others may use the same GPU: a part of the weights is enough of a sign.
function plausible(device, { one, many, again, weightsBytes }) {
  const told = [one, many, again];
  if (!device.gpu) return told.every((figure) => figure === undefined);
  return (
    told.every(
      (figure) => figure && 0 < figure.freeBytes && figure.freeBytes < figure.totalBytes,
    ) && one.freeBytes - many.freeBytes > weightsBytes / 4
  );
}

function cost({ wallMs, audioDurationMs }) {
  return wallMs / (audioDurationMs / 1000);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted.length > 0 ? Number(sorted[sorted.length >> 1].toFixed(2)) : null;
}
