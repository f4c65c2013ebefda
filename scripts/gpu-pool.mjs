#!/usr/bin/env node
// A pool of two slots on a GPU: jobs at the same time, a context and a state recycle in their midst, the device's memory in
// every report. Every transcript must equal the one that the CPU gives. Prints one JSON, with the reset that is cheaper here.
// Called by scripts/gpu-check; `--backend cpu` tries the script itself on a machine without GPU.

import path from "node:path";
import { parseArgs } from "node:util";
import { WhisperPool } from "../dist/index.js";
import { files, micro } from "./gpu-speech.mjs";

const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "cuda" },
    jobs: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});

const jobs = Number(values.jobs ?? (values.quick ? 6 : 40));
const model = path.join(micro, "micro-f16.bin");

const expected = await transcribed("cpu", Math.min(files.length, jobs), async () => {});
const recycles = [];
const gpu = await transcribed(values.backend, jobs, async (pool) => {
  recycles.push(await pool.recycle(), await pool.recycle({ rung: "state", slots: [0] }));
});

const different = gpu.texts.filter((text, i) => text !== expected.texts[i % files.length]);
const used = gpu.reports.map(({ place }) => place.memory.after?.gpu).filter(Boolean);
const told = gpu.device.gpu
  ? used.length === gpu.reports.length &&
    used.every(({ freeBytes, totalBytes }) => 0 < freeBytes && freeBytes < totalBytes)
  : used.length === 0;
const passed =
  different.length === 0 &&
  told &&
  recycles.every(({ outcome, stopped }) => outcome === "done" && !stopped);

const usedBytes = used.map(({ freeBytes, totalBytes }) => totalBytes - freeBytes);
process.stdout.write(
  `${JSON.stringify(
    {
      backend: values.backend,
      device: gpu.device,
      jobs: gpu.texts.length,
      different: different.length,
      reset: gpu.stats.reset,
      quantiles: gpu.stats.quantiles,
      recycles: recycles.map(({ rung, loadMs, warmMs, totalMs }) => ({
        rung,
        loadMs,
        warmMs,
        totalMs,
      })),
      gpuUsedBytes: used.length > 0 ? { first: usedBytes[0], last: usedBytes.at(-1) } : null,
      passed,
    },
    null,
    2,
  )}\n`,
);
process.exitCode = passed ? 0 : 1;

/** `between`: with the pool, while half of the jobs wait and run. */
async function transcribed(backend, count, between) {
  const pool = await WhisperPool.create({ model, backend, slots: 2, queue: { maxWaiting: count } });
  const reports = [];
  pool.on("job", (report) => reports.push(report));
  const submit = (from, to) =>
    Array.from({ length: to - from }, (_, i) => {
      const { file, language } = files[(from + i) % files.length];
      return pool.transcribe(file, { language });
    });
  const half = Math.floor(count / 2);
  const first = submit(0, half);
  await between(pool);
  const results = await Promise.all([...first, ...submit(half, count)]);
  const { device } = pool.info;
  await pool.drain();
  return { texts: results.map(({ text }) => text), reports, device, stats: pool.stats() };
}
