import type { Arm, ClipClass } from "./arms.js";

/** Memory of the process that ran a job, in bytes. */
export interface MemoryReading {
  readonly rssBytes: number;
  /** Used on the GPU, by whomever; absent on a CPU. */
  readonly gpuUsedBytes?: number | undefined;
}

/** One job of the experiment: plain data, a line of the journal. Times in ms. */
export interface Measurement {
  /** Number of the job in the run, from 0, in the order in which they ran. */
  readonly seq: number;
  /** Number of its block, from 0. */
  readonly block: number;
  readonly arm: Arm;
  readonly clip: string;
  readonly clipClass: ClipClass;
  readonly audioSeconds: number;
  /** Blocks that what is kept (process, context, states) had been through before this one: 0 after a start or a resumption. */
  readonly age: number;
  /** Which start of the experiment it belongs to: 0, and one more with each resumption. */
  readonly session: number;
  /** Code of the error that it failed with; all below is absent or 0 then. */
  readonly error?: string | undefined;
  /** On the state's thread, in all. */
  readonly wallMs: number;
  /** Part of `wallMs`: passes of the encoder, language detection included. The rest counts as decoding. */
  readonly encodeMs: number;
  /** Share of the time in which the job's threads didn't wait for a processor, 0 to 1; undefined where it can't be told. */
  readonly shareAtWork?: number | undefined;
  readonly cpuMs: number;
  readonly threads: number;
  readonly windows: number;
  /** Tokens that were kept, and those that fallback attempts spent. */
  readonly tokens: number;
  readonly fallbackTokens: number;
  readonly promptTokens: number;
  /** Part of `wallMs`: passes of the decoder over those; absent in data that lacks it. */
  readonly promptMs?: number | undefined;
  readonly fallbacks: number;
  readonly segments: number;
  /** From the end of decoding until the reader had all segments; undefined for "kept", which is read after the run. */
  readonly readerLagMs?: number | undefined;
  readonly memory: { readonly before?: MemoryReading; readonly after?: MemoryReading };
  /** What making the arm's fresh part took (state; context and warm-up; process, context and warm-up); 0 for kept ones. */
  readonly setUpMs: number;
  /** A reset in place of the state after the job; for "fresh-state" only. */
  readonly resetMs?: number | undefined;
}
