#!/usr/bin/env node
// Memory of the process and of the GPU before and after 200 jobs on two slots, and whether the pool itself sees growth with
// the number of jobs. Prints one JSON. Called by scripts/gpu-check; `--backend cpu` tries the script itself anywhere.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { slope } from "../bench/support/statistics.mjs";
import { WhisperPool } from "../dist/index.js";
import { round, runPart } from "./gpu/part.mjs";
import { onEach } from "./gpu/workloads.mjs";

const SLOTS = 2;
/** Until each slot has had each recording: buffers have the size of the largest then. */
const SETTLING_JOBS = 64;
const JOBS = 200;
/** What the pool's own judgement takes (lib/pool/growth-trend.ts): it looks at the last 256, and again every 16. */
const JUDGED_JOBS = 272;

// JavaScript's own garbage is no growth: V8 lets its heap grow by some MB before it looks.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

await runPart(({ backend, quick, models }) =>
  // Growth is a matter of jobs, not of the model's size.
  onEach(models.slice(0, 1), (work) => measure(work, { backend, quick })),
);

async function measure({ model, jobs }, { backend, quick }) {
  const settling = quick ? 8 : SETTLING_JOBS;
  const count = quick ? 24 : Math.max(SETTLING_JOBS + JOBS, JUDGED_JOBS);
  const pool = await WhisperPool.create({
    ...{ model, backend, isolation: "thread", slots: SLOTS, health: false },
  });
  const samples = [];
  const growths = [];
  pool.on("job", ({ place }) => samples.push(place?.memory.after));
  pool.on("growth", (report) => growths.push(report));
  const { device } = pool.info;
  try {
    let next = 0;
    const client = async () => {
      while (next < count) {
        const { audio, options } = jobs[next++ % jobs.length];
        collectGarbage();
        await pool.transcribe(audio, options);
      }
    };
    await Promise.all(Array.from({ length: SLOTS }, client));
    await pool.drain(); // the last reports come after their jobs
  } finally {
    await pool.close();
  }

  const told = samples.filter(Boolean);
  const memory = {
    rss: figuresOf(
      told.map(({ rssBytes }) => rssBytes),
      settling,
    ),
    gpu: figuresOf(
      told.flatMap(({ gpu }) => (gpu ? [gpu.totalBytes - gpu.freeBytes] : [])),
      settling,
    ),
  };
  // Of a GPU every report has to have its memory, on a CPU none.
  const plausible =
    told.length === count && (memory.gpu?.samples ?? 0) === (device.gpu ? told.length : 0);
  return {
    ...{ device, slots: SLOTS, jobs: count, memory },
    // Others' use of the GPU is in its figures: growth is only the pool's where nobody else is on it.
    growth: quick ? "not judged: too few jobs" : growths.map(described),
    passed: plausible && growths.length === 0,
  };
}

/** Null: no such memory. */
function figuresOf(bytes, settling) {
  // The first of them is what there was after the last job before.
  const settled = bytes.slice(settling - 1, settling + JOBS);
  if (settled.length < 2) return null;
  return {
    samples: bytes.length,
    firstJobBytes: bytes[0],
    beforeBytes: settled[0],
    afterBytes: settled.at(-1),
    jobsBetween: settled.length - 1,
    // Least squares over all of these jobs.
    bytesPerJob: round(slope(settled.map((value, job) => [job, value])), 1),
  };
}

function described({ memory, bytesPerJob, low, high, z }) {
  return {
    memory,
    bytesPerJob: round(bytesPerJob, 1),
    low: round(low, 1),
    high: round(high, 1),
    z,
  };
}
