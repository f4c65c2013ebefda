import type { Arm } from "./arms.js";
import type { Measurement } from "./measurement.js";

/** "undetermined": the jobs so far show neither. */
export type Verdict = "supported" | "refuted" | "undetermined";

/** An estimate with a confidence interval. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** That the true value lies between `low` and `high`: 0.98, 0.9, ... */
  readonly confidence: number;
}

/** Which time is compared: of the whole job, or of all but the encoder. Both without waits for a processor. */
export type Channel = "total" | "decode";

/**
 * Two arms compared: the typical ratio of the times of the same clip in the same block, each divided by what its work should
 * take (for "previous text": not divided, as text costs work).
 */
export interface Contrast {
  /** "at-once/fresh-state" */
  readonly id: string;
  readonly slow: Arm;
  readonly fast: Arm;
  readonly channel: Channel;
  /** Blocks with both jobs that count. */
  readonly pairs: number;
  /** As factors: 1.2 means that `slow` takes a fifth longer. */
  readonly effect: Interval;
  /** What "refuted" is judged by: the same effect at a lower confidence, 0.9 or 0.95. */
  readonly equivalence: Interval;
  /**
   * `equivalence` at the ages of the last block that may be run, if growth went on until then: "refuted" is judged by this one in a
   * run of no fixed length that has ended before.
   */
  readonly projected?: Interval | undefined;
  readonly verdict: Verdict;
}

export const HYPOTHESES = ["H0", "H1", "H2", "H3", "H4", "H5", "H6"] as const;
export type HypothesisId = (typeof HYPOTHESES)[number];

/** A size of effect, with its unit. */
export interface Effect extends Interval {
  readonly unit: "factor" | "bytes-per-job" | "share";
  /** What it is the size of, in words: "state kept / fresh state, decoder". */
  readonly of: string;
}

/** A part of a hypothesis that has a verdict of its own: of H1 the state, the context and the process. */
export interface HypothesisPart {
  readonly id: string;
  readonly title: string;
  readonly verdict: Verdict;
  readonly effect: Effect | undefined;
}

export interface HypothesisResult {
  readonly id: HypothesisId;
  /** A short title: "State accumulates in the library". */
  readonly title: string;
  readonly verdict: Verdict;
  /** Of the contrast that decides; undefined without jobs for it. */
  readonly effect: Effect | undefined;
  readonly parts: readonly HypothesisPart[];
  /** Jobs that count for it. */
  readonly jobs: number;
  /** What was found, in plain sentences. */
  readonly says: readonly string[];
  /** What would settle it, if it is undetermined. */
  readonly wouldSettle: string | undefined;
}

export const REMEDIES = [
  "nothing",
  "every-job",
  "every-5-jobs",
  "pool-of-3",
  "on-regression",
] as const;
export type RemedyId = (typeof REMEDIES)[number];

/** A remedy's price and gain on this machine, as shares of the time that jobs take. */
export interface Remedy {
  readonly id: RemedyId;
  readonly title: string;
  /** Time that it takes, per job, over a job's time; 0.12: a service does 12 % less. */
  readonly price: Interval | undefined;
  /** Time per job that it saves over `horizonJobs` jobs, by the slowdown that was measured; 0 if none was. */
  readonly gain: Interval | undefined;
  /** Jobs over which the gain is reckoned. */
  readonly horizonJobs: number;
  /** Memory that it takes on top of one worker's. */
  readonly extraBytes: number | undefined;
  readonly says: string;
}

/** The device as it was used. */
export interface DeviceFindings {
  /** What was asked for: "auto", "cpu", ... */
  readonly requested: string;
  /** The backend that was used: "cpu", "cuda", ... and its name. */
  readonly backend: string;
  readonly name: string;
  readonly gpu: boolean;
  /** GPUs that the machine has by other signs (driver files), whether or not this build can use them. */
  readonly gpuSigns: readonly string[];
  /** Share of the time in which the device computed: a CPU's threads by their CPU time, a GPU by its driver. 0 to 1. */
  readonly utilisation: Interval | undefined;
  /** On a GPU: how many times as fast as this machine's CPU it is with the same clip. */
  readonly speedup: Interval | undefined;
  /** Time over audio length, of clips with speech: 0.1 is ten times real time. */
  readonly realTimeFactor: Interval | undefined;
  /** Jobs that these figures are of. */
  readonly jobs: number;
}

/** Why no more jobs were run. */
export type StopReason = "verdicts" | "blocks" | "time" | "interrupted";

/** What was run, and where. */
export interface ExperimentSettings {
  readonly model: string;
  /** Clips by name, with their classes, lengths in s and where they come from. */
  readonly clips: readonly {
    readonly name: string;
    readonly clipClass: string;
    readonly audioSeconds: number;
    readonly source: string;
  }[];
  /** Files that lay in the given folders, and aren't audio. */
  readonly skippedFiles?: number | undefined;
  /** Blocks that were asked for; undefined: until there are verdicts, at most `maxBlocks`. */
  readonly blocks: number | undefined;
  readonly maxBlocks: number;
  readonly timeLimitMinutes: number | undefined;
  readonly threads: number;
  readonly seed: number;
  readonly compareWith: string | undefined;
  /** Decoding options that differ from the defaults. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface MachineFacts {
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly version: string;
  readonly whisperVersion: string;
}

/** Memory of the process that was kept, after each of its jobs, and where it went at the end. */
export interface MemoryFindings {
  readonly rssBytesPerJob: Interval | undefined;
  readonly gpuBytesPerJob: Interval | undefined;
  /** Given back when the kept states, then the kept context were freed; absent if the run didn't end by itself. */
  readonly freedWithStatesBytes?: number | undefined;
  readonly freedWithContextBytes?: number | undefined;
}

/** What the analysis makes of the jobs. */
export interface Analysis {
  readonly contrasts: readonly Contrast[];
  readonly hypotheses: readonly HypothesisResult[];
  readonly remedies: readonly Remedy[];
  readonly memory: MemoryFindings;
  /** Jobs that count, those left out and why. */
  readonly jobs: { readonly judged: number; readonly waited: number; readonly failed: number };
  /** Time over expected time of each job that counts, by `seq`: what "work-normalised" is in the plots. */
  readonly residuals: readonly {
    readonly seq: number;
    readonly total: number;
    readonly decode: number;
  }[];
  /** The whole in a few plain sentences; the first one is the verdict a person acts on. */
  readonly summary: readonly string[];
}

/** The result of `diagnose()`. Plain JSON. */
export interface Diagnosis extends Analysis {
  readonly kind: "experiment";
  readonly schema: 1;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly blocks: number;
  readonly stopped: StopReason;
  readonly settings: ExperimentSettings;
  readonly machine: MachineFacts;
  readonly device: DeviceFindings;
  readonly measurements: readonly Measurement[];
}
