#!/usr/bin/env node
// Which reset is cheaper: a state made as new in place, or a new state and the old one freed. Both in turn on one context,
// each with the job that comes after it: what a GPU still has to do for a reset, or allocates at first use, falls into
// that. Then what a new context costs. Prints one JSON. Called by scripts/gpu-check; `--backend cpu` tries it anywhere.

import { blockedRatio, median } from "../bench/support/statistics.mjs";
import { WhisperContext } from "../dist/index.js";
import { interval, round, runPart } from "./gpu/part.mjs";
import { onEach } from "./gpu/workloads.mjs";

const PAIRS = 40;
const RELOADS = 6;
const SEED = 1;

await runPart(({ backend, quick, models }) =>
  onEach(models, (work) => measure(work, { backend, quick })),
);

async function measure({ model, jobs, speech }, { backend, quick }) {
  const pairs = quick ? 3 : PAIRS;
  const reloads = quick ? 2 : RELOADS;
  const { audio, options } = jobs[0];
  const texts = [];
  const job = async (state) => {
    const { text, timing } = await state.transcribe(audio, options);
    texts.push(text);
    return timing.wallMs;
  };

  const context = await WhisperContext.create(model, { backend });
  let state = await context.createState();
  try {
    await job(state);
    await job(state);

    const ways = {
      inPlace: () => state.reset(),
      // In this order, as the pool does: it keeps the old one until there is a new one.
      newState: async () => {
        const used = state;
        state = await context.createState();
        await used.free();
      },
    };
    const names = Object.keys(ways);
    const measured = { inPlace: [], newState: [] };
    for (let pair = 0; pair < pairs; pair++) {
      for (const name of pair % 2 === 0 ? names : names.toReversed()) {
        const resetMs = await timed(ways[name]);
        const firstJobMs = await job(state);
        const nextJobMs = await job(state);
        measured[name].push({ resetMs, firstJobMs, nextJobMs });
      }
    }

    const reloaded = [];
    for (let i = 0; i < reloads; i++) reloaded.push(await reload({ model, backend, job }));

    const { inPlace, newState } = measured;
    const ratio = (figure) =>
      blockedRatio(
        newState.map((one, i) => [[figure(one), figure(inPlace[i])]]),
        SEED,
      );
    const reset = ratio(({ resetMs }) => resetMs);
    const withFirstJob = ratio(({ resetMs, firstJobMs }) => resetMs + firstJobMs);
    const different = texts.filter((text) => text !== texts[0]).length;
    return {
      device: context.info.device,
      stateBytes: state.info.bytes,
      inPlace: medians(inPlace),
      newState: medians(newState),
      newStateToInPlace: { reset: interval(reset), resetAndFirstJob: interval(withFirstJob) },
      cheaper: cheaper(reset),
      contextReload: medians(reloaded),
      ...{ different, passed: different === 0 || !speech },
    };
  } finally {
    await state.free();
    await context.free();
  }
}

/** A second context while the first one is there, as a recycle has it, and its first job. */
async function reload({ model, backend, job }) {
  let context;
  const loadMs = await timed(async () => {
    context = await WhisperContext.create(model, { backend });
  });
  try {
    let state;
    const createStateMs = await timed(async () => {
      state = await context.createState();
    });
    const firstJobMs = await job(state);
    const nextJobMs = await job(state);
    const startedAt = performance.now();
    await context.free();
    return { loadMs, createStateMs, firstJobMs, nextJobMs, freeMs: performance.now() - startedAt };
  } finally {
    await context.free();
  }
}

/** By the 95 % interval of the resets' ratio. */
function cheaper({ low, high }) {
  if (high < 1) return "new-state";
  return low > 1 ? "in-place" : "undecided";
}

async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Of each figure, in ms. */
function medians(list) {
  return Object.fromEntries(
    Object.keys(list[0]).map((name) => [name, round(median(list.map((one) => one[name])))]),
  );
}
