import type { EngineContext } from "../../engine/engine.js";
import type { Transcription } from "../../transcription.js";
import { type Arm, runsInKeptProcess } from "../arms.js";
import type { Measurement, MemoryReading } from "../measurement.js";
import type { Clip } from "./clips.js";
import { figuresOf, type JobFigures, readingOf } from "./figures.js";
import { type Reading, runAndRead } from "./reader.js";
import { Teardown } from "./teardown.js";
import type { Units } from "./units.js";
import type { Warmth } from "./warmth.js";

/** What a job tells, and what was told around it. */
export type JobMeasured = JobFigures &
  Pick<Measurement, "readerLagMs" | "memory" | "setUpMs" | "resetMs">;

export interface JobTools {
  readonly units: Units;
  readonly warmth: Warmth;
  /** The slow reader's, after each segment, in ms. */
  readonly readerPauseMs: number;
  /** Is told when a job begins and ends. */
  readonly meter: { jobRuns: boolean };
  /** Handles whose segments are read after the run. */
  readonly unread: Transcription[];
}

/**
 * Runs a clip in an arm. Memory is that of the process without what was made for this job, where that process is kept: before
 * it was made and after it was freed, so that growth is what stays. A process of its own is sampled around the job itself.
 */
export async function measureJob(arm: Arm, clip: Clip, tools: JobTools): Promise<JobMeasured> {
  const { units, warmth } = tools;
  const teardown = new Teardown();
  const aged = runsInKeptProcess(arm) ? await units.aged() : undefined;
  const before = await memoryOf(aged?.context);
  let measured: JobMeasured;
  try {
    const { hosted, context, state, setUpMs } = await units.placeOf(arm, teardown);
    const audio = await hosted.audioOf(clip);
    const ownBefore = before ?? (await memoryOf(context));
    const options =
      arm === "no-previous-text" ? { ...warmth.decoding, maxTextContext: 0 } : warmth.decoding;
    tools.meter.jobRuns = true;
    const job = await runAndRead(state, audio, options, readingOfArm(arm, tools));
    tools.meter.jobRuns = false;
    if (arm === "kept") tools.unread.push(job.handle);
    const ownAfter = aged ? undefined : await memoryOf(context);
    measured = {
      ...figuresOf(job.result, warmth.decoding.threads),
      ...(job.readerLagMs !== undefined && { readerLagMs: job.readerLagMs }),
      memory: memory(ownBefore, ownAfter),
      setUpMs,
      ...(arm === "fresh-state" && { resetMs: await timed(() => state.reset()) }),
    };
  } finally {
    tools.meter.jobRuns = false;
    await teardown.run();
  }
  if (!aged) return measured;
  return { ...measured, memory: memory(before, await memoryOf(aged.context)) };
}

function readingOfArm(arm: Arm, { readerPauseMs }: JobTools): Reading {
  if (arm === "kept") return "later";
  return { pauseMs: arm === "slowly" ? readerPauseMs : 0 };
}

async function memoryOf(context: EngineContext | undefined): Promise<MemoryReading | undefined> {
  return context && readingOf(await context.memory());
}

function memory(
  before: MemoryReading | undefined,
  after: MemoryReading | undefined,
): Measurement["memory"] {
  return { ...(before && { before }), ...(after && { after }) };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
