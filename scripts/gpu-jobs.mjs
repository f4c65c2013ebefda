#!/usr/bin/env node
// Fifty jobs on a GPU state, reset after each; every transcript must equal the one that the CPU gives. Prints one JSON.
// Called by scripts/gpu-check; `--backend cpu` tries the script itself on a machine without GPU.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { WhisperContext } from "../dist/index.js";

const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "cuda" },
    jobs: { type: "string", default: "50" },
    model: { type: "string" },
  },
});

const micro = fileURLToPath(new URL("../models/micro/", import.meta.url));
const model = values.model ?? path.join(micro, "micro-f16.bin");
const references = JSON.parse(readFileSync(path.join(micro, "test-audio/refs.json"), "utf8"));
const files = Object.entries(references)
  .filter(([name, { phrases }]) => name.endsWith(".wav") && phrases?.length > 0)
  .map(([name, { language }]) => ({ file: path.join(micro, "test-audio", name), language }));

const expected = await transcripts("cpu", files.length);
const gpu = await transcripts(values.backend, Number(values.jobs));

const different = gpu.jobs.flatMap((job) => {
  const cpu = expected.jobs.find(({ file }) => file === job.file);
  return cpu.text === job.text ? [] : [{ file: job.file, cpu: cpu.text, gpu: job.text }];
});
const passed = different.length === 0;

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
    return { jobs, device, loadMs, state: state.info, rssAfterFirst, rssAfterLast };
  } finally {
    await state.free();
    await context.free();
  }
}

function cost({ wallMs, audioDurationMs }) {
  return wallMs / (audioDurationMs / 1000);
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted.length > 0 ? Number(sorted[sorted.length >> 1].toFixed(2)) : null;
}
