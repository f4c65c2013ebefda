import { WHISPER_SAMPLE_RATE } from "../audio/validate.js";
import type { Engine, EngineContext, EngineState } from "../engine/engine.js";
import type { DecodingOptions } from "../options.js";
import type { TranscribeResult } from "../types.js";

/** How a state is made as new. */
export type ResetMethod = "in-place" | "new-state";

/** What making a state as new costs on this device, in ms, and what follows from it. */
export interface ResetCosts {
  readonly inPlaceMs: number;
  /** Creating a state and freeing the old one. */
  readonly newStateMs: number;
  readonly method: ResetMethod;
}

interface Warmth {
  threads: number;
  signal: AbortSignal;
}

const SILENCE_MS = 1000;

/** Encoder positions that are enough to touch all weights, in about a twentieth of the time that all 1500 take. */
export const FEW_POSITIONS = 64;

/**
 * Makes a context compute once, in a state that is thrown away: it touches the weights, and a GPU compiles its kernels. No
 * state that a job gets has computed anything before.
 */
export async function warmUp(
  engine: Engine,
  context: EngineContext,
  warmth: Warmth,
): Promise<void> {
  const { device, dtw } = context.info;
  const state = await context.createState();
  try {
    // A GPU's kernels depend on sizes; DTW takes no other number of positions, and no limit without timestamps.
    await compute(engine, state, warmth, {
      audioContext: device.gpu || dtw ? 0 : FEW_POSITIONS,
      noTimestamps: !dtw,
    });
  } finally {
    await state.free();
  }
}

/** Measures both ways on a state that has been used whole, as a job uses it. */
export async function measureReset(
  engine: Engine,
  context: EngineContext,
  warmth: Warmth,
): Promise<ResetCosts> {
  let state = await context.createState();
  try {
    await compute(engine, state, warmth, { noTimestamps: !context.info.dtw });
    const inPlaceMs = await timed(() => state.reset());
    const used = state;
    const newStateMs = await timed(async () => {
      state = await context.createState();
      await used.free();
    });
    return { inPlaceMs, newStateMs, method: newStateMs < inPlaceMs ? "new-state" : "in-place" };
  } finally {
    await state.free();
  }
}

/** One window, of silence by default. With timestamps a model could ask for many, each a little later. */
export async function compute(
  engine: Engine,
  state: EngineState,
  warmth: Warmth,
  how: DecodingOptions,
  samples: Float32Array = new Float32Array((SILENCE_MS / 1000) * WHISPER_SAMPLE_RATE),
): Promise<TranscribeResult> {
  const audio = await engine.prepareAudio(samples, {});
  const options = { ...warmth, ...how, temperatureIncrement: 0, maxTokens: 8 };
  try {
    return await state.transcribe(audio, options, () => {});
  } finally {
    audio.release();
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
