import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Rung } from "../../lib/health/sample.js";
import type { Fault, Stream, StreamJob } from "./stream.js";

/** The line before a stream's jobs. streams/README.md explains the format. */
interface HeaderLine {
  readonly type: "stream";
  readonly id: string;
  readonly scenario: string;
  readonly k: number;
  readonly reset_ms: Record<Rung, number>;
  readonly warm: Record<Rung, number[]>;
  readonly warm0: number[];
  readonly truth: { readonly faults: readonly FaultLine[] };
}

interface FaultLine {
  readonly ctx: number;
  readonly onset: number;
  readonly kind: "step" | "creep";
  readonly mag: number;
  readonly cap: number;
  readonly phase: "dec" | "both";
  readonly cure: Rung | "none";
  readonly recur: number | null;
}

interface JobLine {
  readonly type?: undefined;
  readonly i: number;
  readonly c: number;
  readonly t: number;
  readonly a: number;
  readonly w: number;
  readonly n: number;
  readonly f: number;
  readonly fb: number;
  readonly s: number;
  readonly e: number;
  readonly d: number;
  readonly p: number;
}

/** Streams of a gzipped file of JSON lines, in its order. */
export function readStreams(file: string): Stream[] {
  const lines = gunzipSync(readFileSync(file))
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as HeaderLine | JobLine);
  const streams: Stream[] = [];
  let jobs: StreamJob[] = [];
  for (const line of lines) {
    if (line.type === "stream") {
      jobs = [];
      streams.push(streamOf(line, jobs));
    } else {
      jobs.push(jobOf(line));
    }
  }
  return streams;
}

function streamOf(line: HeaderLine, jobs: readonly StreamJob[]): Stream {
  return {
    id: line.id,
    scenario: line.scenario,
    units: line.k,
    shared: false,
    resetMs: line.reset_ms,
    warmUp: line.warm,
    warmUpAtStart: line.warm0,
    faults: line.truth.faults.map(faultOf),
    jobs,
  };
}

function faultOf(line: FaultLine): Fault {
  return {
    unit: line.ctx,
    onset: line.onset,
    course: line.kind,
    magnitude: line.mag,
    cap: line.cap,
    phase: line.phase === "dec" ? "decode" : "both",
    cure: line.cure,
    recursAfter: line.recur ?? undefined,
  };
}

function jobOf(line: JobLine): StreamJob {
  return {
    seq: line.i,
    unit: line.c,
    arrivalMs: line.t,
    audioSeconds: line.a,
    windows: line.w,
    tokens: line.n,
    fallbackTokens: line.f,
    fallbacks: line.fb,
    segments: line.s,
    encodeMs: line.e,
    decodeMs: line.d,
    machine: line.p,
  };
}
