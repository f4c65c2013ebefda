import { WHISPER_SAMPLE_RATE } from "../audio/validate.js";
import type { Engine, EngineContext } from "../engine/engine.js";

/** How a state is made as new. */
export type ResetMethod = "in-place" | "new-state";

/** What making a state as new costs on this device, in ms, and what follows from it. */
export interface ResetCosts {
  readonly inPlaceMs: number;
  /** Creating a state and freeing the old one. */
  readonly newStateMs: number;
  readonly method: ResetMethod;
}

const SILENCE_MS = 1000;
const TRIES = 3;

/**
 * Makes a context compute once, in a state that is thrown away: it touches the weights, and a GPU compiles its kernels. No
 * state that a job gets has computed anything before.
 */
export async function warmUp(
  engine: Engine,
  context: EngineContext,
  threads: number,
  signal: AbortSignal,
): Promise<void> {
  const state = await context.createState();
  try {
    const silence = new Float32Array((SILENCE_MS / 1000) * WHISPER_SAMPLE_RATE);
    const audio = await engine.prepareAudio(silence, {});
    await state.transcribe(
      audio,
      { threads, temperatureIncrement: 0, maxTokens: 8, signal },
      () => {},
    );
  } finally {
    await state.free();
  }
}

/** Measures both ways on a context that is warm. The least of some tries: other load only adds. */
export async function measureReset(context: EngineContext): Promise<ResetCosts> {
  const resets: number[] = [];
  const replacements: number[] = [];
  let state = await context.createState();
  try {
    for (let i = 0; i < TRIES; i++) {
      resets.push(await timed(() => state.reset()));
      const old = state;
      replacements.push(
        await timed(async () => {
          state = await context.createState();
          await old.free();
        }),
      );
    }
  } finally {
    await state.free();
  }
  const inPlaceMs = Math.min(...resets);
  const newStateMs = Math.min(...replacements);
  return { inPlaceMs, newStateMs, method: newStateMs < inPlaceMs ? "new-state" : "in-place" };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
