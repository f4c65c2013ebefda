import { readFileSync } from "node:fs";
import pino, { type Logger } from "pino";
import {
  type AudioInput,
  type JobOptions,
  type JobReport,
  type PoolOptions,
  type PoolResult,
  type TranscribeOptions,
  type TranscribeResult,
  type WhisperContext,
  WhisperPool,
} from "../../../lib/index.js";
import { audioPath, samplesOf } from "../../support/micro.js";
import { contentOf, withState } from "../../support/outcome.js";

/** Every attempt fails, so that all temperatures and their random generators are used. */
export const storm = { logprobThreshold: 0, noSpeechThreshold: 1000 } as const;

/** A pool of the embedded model on the CPU, each slot with one thread. */
export function makePool(options: PoolOptions = {}): Promise<WhisperPool> {
  return WhisperPool.create({ backend: "cpu", slots: 1, threadsPerSlot: 1, ...options });
}

/** What a pool's job gave that a job without a pool must give as well, bit for bit. */
export function poolContentOf(result: PoolResult): unknown {
  const { jobId, slot, generation, ...rest } = result;
  return contentOf(rest);
}

/** The same job in a single run: on a new state of a plain context. */
export function singleRun(
  context: WhisperContext,
  audio: AudioInput,
  options: TranscribeOptions,
): Promise<unknown> {
  return withState(context, (state) =>
    state
      .transcribe(audio, { ...options, threads: 1 })
      .then((result: TranscribeResult) => contentOf(result)),
  );
}

export function bytesOf(name: string): Buffer {
  return readFileSync(audioPath(name));
}

export interface Blocker {
  /** Frees the slot. */
  end(): Promise<void>;
}

/** Keeps one slot busy for some seconds, unless it is told to end. Resolves when it runs. */
export async function block(pool: WhisperPool, options: JobOptions = {}): Promise<Blocker> {
  let started = () => {};
  const starting = new Promise<void>((resolve) => {
    started = resolve;
  });
  const job = pool.transcribe(samplesOf("long-75s.wav"), {
    ...{ ...storm, strategy: "beam", id: "blocker", onProgress: () => started() },
    ...options,
  });
  const ended = job.result.then(
    () => {},
    () => {},
  );
  await Promise.race([starting, ended]);
  return {
    end: () => {
      job.cancel("enough");
      return ended;
    },
  };
}

/** The reports of a pool's `job` events, as they come. */
export function reportsOf(pool: WhisperPool): JobReport[] {
  const reports: JobReport[] = [];
  pool.on("job", (report) => reports.push(report));
  return reports;
}

/** A real pino logger, and the lines that it has written. */
export function memoryLogger(level: string): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { logger, lines };
}

export function shuffled<Value>(values: readonly Value[], random: () => number): Value[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j] as Value, all[i] as Value];
  }
  return all;
}
