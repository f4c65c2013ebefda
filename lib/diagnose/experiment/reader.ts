import { setTimeout as sleep } from "node:timers/promises";
import type { EngineState, PreparedAudio } from "../../engine/engine.js";
import type { DecodingOptions } from "../../options.js";
import { Transcription } from "../../transcription.js";
import type { TranscribeResult } from "../../types.js";

/** Segments are read as they come, with a pause after each; or not now. */
export type Reading = { readonly pauseMs: number } | "later";

export interface ReadJob {
  readonly result: TranscribeResult;
  /** From the end of decoding until the reader had all segments, in ms; undefined if it reads later. */
  readonly readerLagMs: number | undefined;
  /** Reads what hasn't been read. */
  readonly handle: Transcription;
}

/** Runs a job by the handle that callers of this library get, and reads its segments as they would. */
export async function runAndRead(
  state: EngineState,
  audio: PreparedAudio,
  options: DecodingOptions,
  reading: Reading,
): Promise<ReadJob> {
  const controller = new AbortController();
  const { signal } = controller;
  const handle = Transcription.of(
    (onSegments) => state.transcribe(audio, { ...options, signal }, onSegments),
    (reason) => controller.abort(reason),
  );
  const decoded = handle.then((result) => ({ result, at: performance.now() }));
  const [{ result, at }, readAt] = await Promise.all([
    decoded,
    reading === "later" ? undefined : readAll(handle, reading.pauseMs),
  ]);
  return {
    ...{ result, handle },
    readerLagMs: readAt === undefined ? undefined : Math.max(0, readAt - at),
  };
}

/** When all had been read. */
export async function readAll(handle: Transcription, pauseMs = 0): Promise<number> {
  for await (const _ of handle) if (pauseMs > 0) await sleep(pauseMs);
  return performance.now();
}
