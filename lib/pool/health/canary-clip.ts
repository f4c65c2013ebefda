import { medianSorted } from "simple-statistics";
import { tone } from "../../audio/tone.js";
import type { ContextGeneration } from "../generation.js";
import { compute, FEW_POSITIONS } from "../warm-up.js";
import { shareAtWork } from "./job-sample.js";

const CLIP_SECONDS = 1;
/** Runs whose median counts. */
const RUNS = 3;
/** Share of the slowdown (of its logarithm) that the clip has to show, too. */
const LEAST_SHARE = 0.5;

/**
 * The same small job each time: a second of a tone, few encoder positions, few tokens, no fallback. In a state of its own, so
 * that no job's result depends on it: it shows what is slow in a context or its engine, and nothing of a slot's state.
 */
export class CanaryClip {
  readonly #threads: number;
  /** What it took at the pool's start, in ms without waiting for processors. */
  #baselineMs: number | undefined;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** At the pool's start, on a context that is warm. */
  async calibrate(context: ContextGeneration, signal: AbortSignal): Promise<void> {
    this.#baselineMs = await this.#measure(context, signal);
  }

  /** Whether a context that is suspected of `effect` (a factor) is slow. Undefined: it can't be told. */
  async isSlow(
    context: ContextGeneration,
    effect: number,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    if (this.#baselineMs === undefined || context.dead) return undefined;
    const ms = await this.#measure(context, signal);
    return Math.log(ms / this.#baselineMs) >= LEAST_SHARE * Math.log(effect);
  }

  async #measure(held: ContextGeneration, signal: AbortSignal): Promise<number> {
    held.acquire();
    try {
      const { context, engine } = held;
      const state = await context.createState();
      const times: number[] = [];
      try {
        const warmth = { signal, threads: this.#threads };
        const how = {
          audioContext: context.info.device.gpu ? 0 : FEW_POSITIONS,
          noTimestamps: true,
        };
        const samples = tone(CLIP_SECONDS);
        for (let run = 0; run <= RUNS; run++) {
          const { timing } = await compute(engine.engine, state, warmth, how, samples);
          // The first one makes the state's buffers.
          if (run > 0) times.push(timing.wallMs * (shareAtWork(timing) ?? 1));
        }
      } finally {
        await state.free();
      }
      return medianSorted(times.sort((a, b) => a - b));
    } finally {
      await held.release();
    }
  }
}
