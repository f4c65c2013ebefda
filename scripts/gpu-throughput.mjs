#!/usr/bin/env node
// How much audio 1, 2, 4 and 8 slots on one context get through, how long jobs then wait and take, and how busy the GPU is
// meanwhile. Prints one JSON. Called by scripts/gpu-check; `--backend cpu --quick` tries the script itself anywhere.

import { availableParallelism } from "node:os";
import { median, quantile } from "../bench/support/statistics.mjs";
import { WhisperPool } from "../dist/index.js";
import { GpuSampler } from "./gpu/nvidia-smi.mjs";
import { round, runPart } from "./gpu/part.mjs";
import { onEach } from "./gpu/workloads.mjs";

const SLOTS = [1, 2, 4, 8];
/** There and back, so that what drifts (clocks, heat) is in every number of slots alike. */
const ROUNDS = [SLOTS, SLOTS.toReversed()];
/** Each number of slots, each time; the jobs that then run are waited for, and count. */
const MEASURED_MS = 4000;
/** Before it: as many jobs on each slot. */
const WARM_JOBS = 2;

await runPart(async ({ backend, quick, models }) => {
  const sampler = await GpuSampler.start();
  try {
    return await onEach(models, (work) => measure(work, { backend, quick, sampler }));
  } finally {
    sampler.stop();
  }
});

async function measure({ model, jobs, speech }, { backend, quick, sampler }) {
  // The CPU's part in a job on a GPU is small; as many threads for every number of slots, or they'd be no comparison.
  const threadsPerSlot = Math.max(
    1,
    Math.min(4, Math.floor(availableParallelism() / SLOTS.at(-1))),
  );
  const pool = await WhisperPool.create({
    ...{ model, backend, isolation: "thread", slots: SLOTS[0], threadsPerSlot, health: false },
  });
  try {
    const texts = new Map();
    let different = 0;
    /** `count` clients, each with one job at a time, until `until` says so. Returns the jobs' times. */
    const run = async (count, until) => {
      const done = [];
      let next = 0;
      const client = async () => {
        while (!until(done.length)) {
          const index = next++ % jobs.length;
          const { audio, seconds, options } = jobs[index];
          const { text, timing } = await pool.transcribe(audio, options);
          if (!texts.has(index)) texts.set(index, text);
          if (texts.get(index) !== text) different += 1;
          done.push({ seconds, timing, endedAt: performance.now() });
        }
      };
      await Promise.all(Array.from({ length: count }, client));
      return done;
    };

    const counts = quick ? SLOTS.slice(0, 2) : SLOTS;
    const spans = new Map(counts.map((slots) => [slots, []]));
    const measured = new Map(counts.map((slots) => [slots, []]));
    for (const slots of quick ? counts : ROUNDS.flat()) {
      await pool.resize(slots);
      await run(slots, (done) => done >= (quick ? 0 : WARM_JOBS * slots));
      const startedAt = performance.now();
      const enough = quick
        ? (done) => done >= 2 * slots
        : () => performance.now() - startedAt >= MEASURED_MS;
      const done = await run(slots, enough);
      const endedAt = Math.max(...done.map((job) => job.endedAt));
      spans.get(slots).push([startedAt, endedAt]);
      measured.get(slots).push(...done);
    }

    const one = audioRate(measured.get(1), spans.get(1));
    const slots = counts.map((count) => {
      const done = measured.get(count);
      const rate = audioRate(done, spans.get(count));
      return {
        slots: count,
        jobs: done.length,
        audioSecondsPerSecond: round(rate, 2),
        timesOneSlot: round(rate / one),
        // From submission until a slot took the job: its predecessor's reset, and the thread that runs JavaScript.
        waitMs: quantiles(done.map(({ timing }) => timing.queueMs)),
        runMsPerAudioSecond: quantiles(done.map(({ seconds, timing }) => timing.wallMs / seconds)),
        totalMs: quantiles(done.map(({ timing }) => timing.totalMs)),
        utilisation: sampler.between(spans.get(count)),
      };
    });
    const { device } = pool.info;
    return {
      ...{ device, threadsPerSlot, stateBytes: pool.stats().slots[0].stateBytes, slots },
      // Whom a job shares the GPU with must not change what is heard.
      ...{ different, passed: different === 0 || !speech },
    };
  } finally {
    await pool.close();
  }
}

function audioRate(done, spans) {
  const seconds = done.reduce((sum, job) => sum + job.seconds, 0);
  return (1000 * seconds) / spans.reduce((sum, [from, to]) => sum + to - from, 0);
}

function quantiles(values) {
  return { median: round(median(values)), p95: round(quantile(values, 0.95)) };
}
