// One job of a soak, from its submission to what became of it.

import { setTimeout } from "node:timers/promises";
import { audioOf } from "./audio.mjs";
import { digest } from "./content.mjs";

/** A job that hasn't settled after this time is lost. */
const LOST_AFTER_MS = 180_000;

const LOST = Symbol("lost");

/**
 * Submits and reads it. Resolves with how it settled: `status` ("lost" if it hasn't), `result` or `error`, `reason` that it
 * was cancelled with, and `read`: digests of the segments that an iteration gave, and whether they came in order.
 */
export async function runJob(pool, plan) {
  const { work, form, index, priority, cancel, share } = plan;
  const reason = new Error(`the soak cancels job ${index}`);
  const controller = new AbortController();
  const options = { ...work.options, id: String(index), priority, signal: controller.signal };
  if (plan.limit) options[plan.limit] = Math.max(1, Math.round(150 * share));
  if (cancel === "once it runs") {
    options.onProgress = (fraction) => {
      if (fraction === 0) setTimeout(100 * share).then(() => job.cancel(reason));
    };
  }
  const submittedAt = Date.now();
  const job = pool.transcribe(audioOf(work.material, form, share), options);
  if (cancel === "after a while") setTimeout(200 * share).then(() => job.cancel(reason));
  if (cancel === "by its signal") {
    setTimeout(200 * share).then(() => controller.abort(reason));
  }

  const read = { segments: [], ordered: true };
  const settled = job.result.then(
    (result) => ({ result }),
    (error) => ({ error }),
  );
  const reading = follow(job, plan, settled, (segment) => {
    read.ordered &&= segment.index === read.segments.length;
    read.segments.push(digest(segment));
    if (cancel === "after a segment") job.cancel(reason);
  });
  const limit = new AbortController();
  const lost = setTimeout(LOST_AFTER_MS, LOST, { signal: limit.signal }).catch(() => {});
  const outcome = await Promise.race([Promise.all([settled, reading]), lost]);
  limit.abort();
  const status = outcome === LOST ? "lost" : job.status;
  if (outcome === LOST) job.cancel(reason);
  return { status, submittedAt, settledAt: Date.now(), reason, read, ...outcome?.[0] };
}

/** Reads segments as its plan says: as they come, slower than they come, after the end, or not at all. */
async function follow(job, { reader, cancel }, settled, take) {
  const needed = cancel === "after a segment";
  if (reader === "none" && !needed) return;
  if (reader === "late" && !needed) await settled;
  try {
    for await (const segment of job) {
      take(segment);
      if (reader === "slow") await setTimeout(5);
    }
  } catch {
    // The job's own failure, which `settled` has.
  }
}
