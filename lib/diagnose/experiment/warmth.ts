import type { EngineContext, EngineHost, EngineState } from "../../engine/engine.js";
import type { DecodingOptions } from "../../options.js";
import { compute, warmUp } from "../../pool/warm-up.js";
import { HostedEngine } from "./hosted.js";
import type { Teardown } from "./teardown.js";

/** How jobs are run, and what ends preparations. */
export interface Warmth {
  readonly decoding: DecodingOptions & { threads: number };
  readonly signal: AbortSignal;
}

/** Something that a job can run in. */
export interface Place {
  readonly hosted: HostedEngine;
  readonly context: EngineContext;
  readonly state: EngineState;
}

/** A token of every vocabulary: a space. */
const ANY_TOKEN = 220;

/**
 * One small job in the very state that a job is to run in, as each state gets before its first one: caches, buffers that are
 * touched for the first time, and a GPU's kernels are no part of what is compared. It has a whole window, and the longest prompt that
 * whisper.cpp takes, half of the text context: without that the first job of two windows was slower by 4 %.
 */
export async function warmState(
  { hosted: { engine }, context, state }: Place,
  { decoding, signal }: Warmth,
): Promise<void> {
  const prompt = Math.floor(context.info.model.textContext / 2);
  await compute(
    engine,
    state,
    { threads: decoding.threads, signal },
    // With timestamps it could be several windows.
    { ...decoding, noTimestamps: true, promptTokens: Array(prompt).fill(ANY_TOKEN) },
  );
}

/** A state on a context that is there. */
export async function newState(context: EngineContext, teardown: Teardown): Promise<EngineState> {
  return teardown.keep(await context.createState(), (state) => state.free());
}

/** A context that has computed once, as a service makes it before it gives it jobs. */
export async function newContext(
  { engine }: Pick<HostedEngine, "engine">,
  { decoding, signal }: Warmth,
  teardown: Teardown,
): Promise<EngineContext> {
  const context = teardown.keep(await engine.loadContext(signal), (made) => made.free());
  await warmUp(engine, context, { threads: decoding.threads, signal });
  return context;
}

export async function newProcess(
  host: EngineHost,
  { signal }: Warmth,
  teardown: Teardown,
): Promise<HostedEngine> {
  return teardown.keep(await HostedEngine.start(host, signal), (hosted) => hosted.close());
}
