import type { TranscribeOptions } from "../options.js";
import type { JobTiming } from "../types.js";
import type { ResetPolicy } from "./options.js";

/**
 * What the jobs since the last reset have left in a state that a later job could notice. Measured against whisper.cpp by
 * test/parity/history.test.ts and test/pool/real/interleaving.test.ts; everything else that a job leaves is overwritten by the next.
 */
export interface Footprint {
  /** Jobs since the reset. */
  jobs: number;
  /** Random numbers were drawn, or may have been: sampling at temperatures above 0, beam search, a job that ended half-way. */
  random: boolean;
  /** Encoder positions of the jobs. Flash attention reads rows past the last one unmasked, which another number leaves stale. */
  audioContext: number | undefined;
}

export const asNew: Readonly<Footprint> = {
  jobs: 0,
  random: false,
  audioContext: undefined,
};

/** The footprint after one more job. `timing`: undefined if it failed or was cancelled. */
export function footprintAfter(
  footprint: Footprint,
  options: Omit<TranscribeOptions, "threads">,
  timing: JobTiming | undefined,
): Footprint {
  return {
    jobs: footprint.jobs + 1,
    random: footprint.random || timing === undefined || timing.fallbacks > 0 || samples(options),
    audioContext: options.audioContext ?? 0,
  };
}

/** Whether the state has to be reset as soon as a job has ended, whatever comes next. */
export function resetAfter(policy: ResetPolicy, footprint: Footprint): boolean {
  if (policy === "never" || footprint.jobs === 0) return false;
  // Nearly every job may draw random numbers, when its first attempt fails: it would have to be reset before the next one.
  return policy === "every-job" || footprint.random;
}

/** Whether the state has to be reset before a job with these options. */
export function resetBefore(
  policy: ResetPolicy,
  footprint: Footprint,
  options: Omit<TranscribeOptions, "threads">,
  dtw: boolean,
): boolean {
  if (policy !== "when-dirty" || footprint.jobs === 0) return false;
  return (
    dtw || // alignment has not been measured
    footprint.audioContext !== (options.audioContext ?? 0) ||
    options.noContext === false || // it would read the text of the jobs before
    footprint.random
  );
}

/** Whether a job draws random numbers even if its first attempts succeed. */
function samples(options: Omit<TranscribeOptions, "threads">): boolean {
  return options.strategy === "beam" || (options.temperature ?? 0) > 0;
}
