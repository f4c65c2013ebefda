import type { Interval, Verdict } from "./diagnosis.js";

/** One finished job as a log tells of it. Times in ms. */
export interface LoggedJob {
  /** Which line completed it, from 1. */
  readonly line: number;
  /** The worker that it ran in: session or pid, and its life (a restart begins another); a slot and its generation in our own lines. */
  readonly worker: string;
  /** Number of the job in that life of the worker, from 1; by the order of lines where the log doesn't say. */
  readonly jobIndex: number;
  readonly audioSeconds: number | undefined;
  /** What the job took: our `t_run_ms`, the original's `t_segments_list`. */
  readonly totalMs: number;
  /** Set-up before that, such as the original's `transcribe() completed`. */
  readonly setUpMs: number | undefined;
  readonly segments: number | undefined;
  readonly windows: number | undefined;
  readonly tokens: number | undefined;
  readonly fallbackTokens: number | undefined;
  readonly uptimeSeconds: number | undefined;
  readonly rssBytes: number | undefined;
  readonly gpuUsedBytes: number | undefined;
}

/** A claim about the log. "no evidence": the jobs are too few, or show none; never a proof of health. */
export interface LogFinding {
  readonly id:
    | "degradation"
    | "cost-follows-work"
    | "lazy-generator"
    | "memory"
    | "always-slow"
    | "restarts";
  readonly title: string;
  readonly verdict: Verdict | "no evidence";
  readonly effect: Interval | undefined;
  readonly jobs: number;
  readonly says: readonly string[];
}

/** The result of `diagnoseLog()`. Plain JSON. */
export interface LogDiagnosis {
  readonly kind: "log";
  readonly schema: 1;
  /** The file's name, or "standard input". */
  readonly source: string;
  readonly bytes: number;
  /** Lines in all; those of jobs, by format; those that say nothing of a job; those cut, as longer than the limit. */
  readonly lines: {
    readonly all: number;
    readonly own: number;
    readonly worker: number;
    readonly unknown: number;
    readonly cut: number;
  };
  /** Jobs that were found; of more than the limit every other one was left out, again and again, `kept` are judged. */
  readonly jobs: { readonly found: number; readonly kept: number; readonly incomplete: number };
  /** Time = fixed + perAudioSecond * audio: the one constant cost that fits best. */
  readonly constantCost:
    | {
        readonly fixedMs: number;
        readonly perAudioSecondMs: number;
        /** Largest error as a share of a job's time. */
        readonly worstError: number;
        readonly exact: boolean;
      }
    | undefined;
  /** Jobs per arm to see a slowdown of x1.2 with 95 % confidence, power 80 % and 95 %. */
  readonly jobsToSee: {
    readonly factor: number;
    readonly samePairs: readonly [number, number];
    readonly normalised: readonly [number, number];
    readonly rawSeconds: readonly [number, number];
  };
  readonly findings: readonly LogFinding[];
  /** Up to 2,000 jobs, evenly spread, for plots: over index, audio length, before and after normalising. */
  readonly points: readonly (LoggedJob & { readonly residual: number | undefined })[];
  /** Plain sentences; the first one is the verdict. */
  readonly summary: readonly string[];
}
