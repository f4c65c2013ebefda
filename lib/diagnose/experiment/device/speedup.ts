import { throwIfAborted } from "../../../audio/abort.js";
import type { EngineHost } from "../../../engine/engine.js";
import { medianInterval } from "../../analysis/median-interval.js";
import type { Interval } from "../../diagnosis.js";
import type { Clip } from "../clips.js";
import { runAndRead } from "../reader.js";
import { Teardown } from "../teardown.js";
import type { Units } from "../units.js";
import { newContext, newProcess, newState, type Place, type Warmth, warmState } from "../warmth.js";

/** Runs on each: a CPU may take minutes for one. */
const RUNS = 3;

/** What is wanted; three runs allow 75 %. */
const CONFIDENCE = 0.95;

/** How many times as fast as the CPU the device of `units` is with the same clip. */
export async function measureSpeedup(
  units: Units,
  cpu: EngineHost,
  clip: Clip,
  warmth: Warmth,
): Promise<Interval | undefined> {
  const teardown = new Teardown();
  try {
    const device = await units.placeOf("fresh-state", teardown);
    const hosted = await newProcess(cpu, warmth, teardown);
    const context = await newContext(hosted, warmth, teardown);
    const state = await newState(context, teardown);
    await warmState({ hosted, context, state }, warmth);
    const ratios: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const fast = await wallMs(device, clip, warmth);
      ratios.push((await wallMs({ hosted, state }, clip, warmth)) / fast);
    }
    return medianInterval(ratios, CONFIDENCE);
  } finally {
    await teardown.run();
  }
}

async function wallMs(
  { hosted, state }: Pick<Place, "hosted" | "state">,
  clip: Clip,
  { decoding, signal }: Warmth,
): Promise<number> {
  throwIfAborted(signal);
  const { result } = await runAndRead(state, await hosted.audioOf(clip), decoding, { pauseMs: 0 });
  return result.timing.wallMs;
}
