import type { WhisperErrorCode } from "../errors.js";
import { fromNative } from "../native/errors.js";
import { isEngineDeath, type Job } from "./job.js";
import { type JobReport, PlaceBuilder, reportOf } from "./job-report.js";
import type { PoolResult } from "./job-types.js";
import type { ResetPolicy } from "./options.js";
import { footprintAfter, resetBefore } from "./reset-policy.js";
import type { Slot } from "./slot.js";

/** Errors of the state, not of what it was given: it can't be trusted after them. */
const CRASHES: readonly WhisperErrorCode[] = [
  "ERR_WHISPER_INFERENCE_FAILED",
  "ERR_WHISPER_OUT_OF_MEMORY",
  "ERR_WHISPER_BACKEND_UNAVAILABLE",
  "ERR_WHISPER_INTERNAL",
  "ERR_WHISPER_FREED",
];

export interface RunnerSettings {
  reset: ResetPolicy;
  threadsPerSlot: number;
}

/**
 * Runs a job on a slot's seat, and ends it; never rejects. If the engine has died meanwhile, and the job may not be to blame, it
 * isn't ended, but has to wait for a slot again: there is no report then. The slot needn't wait for the report.
 */
export async function runJob(
  job: Job,
  slot: Slot,
  settings: RunnerSettings,
  /** Makes the slot's state as new before the job, where that couldn't be known earlier. */
  reset: (slot: Slot) => Promise<void>,
): Promise<{ report: Promise<JobReport> | undefined }> {
  const place = new PlaceBuilder(slot);
  let result: PoolResult | undefined;
  let onState = false;
  let crashed = false;
  let interrupted = false;
  const alone = job.mustRunAlone;
  job.start();
  try {
    const audio = await job.prepare(slot.seat.context.engine);
    const { options } = job;
    if (
      resetBefore(settings.reset, slot.seat.footprint, options, slot.seat.context.context.info.dtw)
    ) {
      await reset(slot).catch((error) => {
        crashed = true; // it goes to repair, whatever the policy
        throw error;
      });
    }
    if (!job.ended) {
      place.seated(slot.seat);
      onState = true;
      const transcribed = await slot.seat.state.transcribe(
        audio,
        job.engineOptions(settings.threadsPerSlot),
        (segments) => job.deliver(segments),
      );
      result = pooled(transcribed, job, slot);
      job.complete(result);
    }
  } catch (error) {
    crashed ||= onState && !job.ended && CRASHES.includes(fromNative(error).code);
    const died = isEngineDeath(error) && !job.ended;
    if (died && onState) job.interruptions += 1; // while its audio is read, the job counts them itself
    interrupted = died && !alone;
    if (interrupted) job.runAgain();
    else job.fail(error);
  }
  const { seat } = slot;
  seat.crashed ||= crashed;
  if (onState) {
    seat.footprint = footprintAfter(seat.footprint, job.options, result?.timing);
    seat.jobs += 1;
    seat.context.jobs += 1;
    // A job that was cancelled tells nothing of the context.
    if (crashed) seat.context.failures += 1;
    else if (result) seat.context.failures = 0;
  }
  if (interrupted) return { report: undefined };
  return { report: place.build().then((built) => reportOf(job, built)) };
}

function pooled(
  transcribed: Awaited<ReturnType<Slot["seat"]["state"]["transcribe"]>>,
  job: Job,
  slot: Slot,
): PoolResult {
  const { decodeAudioMs = 0, queueMs } = job;
  const totalMs = performance.now() - job.submittedAt;
  return {
    ...transcribed,
    jobId: job.id,
    slot: slot.index,
    generation: slot.seat.context.generation,
    timing: { ...transcribed.timing, decodeAudioMs, queueMs, totalMs },
  };
}
