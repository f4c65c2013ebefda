import type { MemorySample } from "../../engine/engine.js";
import { usedBytes } from "../../engine/memory.js";
import { shareAtWork } from "../../pool/health/job-sample.js";
import type { TranscribeResult } from "../../types.js";
import type { Measurement, MemoryReading } from "../measurement.js";

/** What a job itself tells. */
export type JobFigures = Pick<
  Measurement,
  | ("wallMs" | "encodeMs" | "shareAtWork" | "cpuMs" | "threads" | "windows" | "segments")
  | ("tokens" | "fallbackTokens" | "promptTokens" | "promptMs" | "fallbacks")
>;

export function figuresOf({ timing, segments }: TranscribeResult, threads: number): JobFigures {
  return {
    wallMs: timing.wallMs,
    encodeMs: timing.encodeMs + timing.detectMs,
    shareAtWork: shareAtWork(timing),
    cpuMs: timing.cpuMs,
    threads,
    windows: timing.windows,
    segments: segments.length,
    tokens: timing.tokensDecoded - timing.fallbackTokens,
    fallbackTokens: timing.fallbackTokens,
    promptTokens: timing.promptTokens,
    promptMs: timing.promptMs,
    fallbacks: timing.fallbacks,
  };
}

/** Of a job that failed. */
export function noFigures(threads: number): JobFigures {
  return {
    ...{ wallMs: 0, encodeMs: 0, cpuMs: 0, threads, windows: 0, segments: 0, tokens: 0 },
    ...{ fallbackTokens: 0, promptTokens: 0, fallbacks: 0 },
  };
}

export function readingOf({ rssBytes, gpu }: MemorySample): MemoryReading {
  return { rssBytes, ...(gpu && { gpuUsedBytes: usedBytes(gpu) }) };
}
