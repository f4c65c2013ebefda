import type { ContextOptions } from "../context-options.js";
import type { EngineOptions } from "../engine/process/settings.js";
import type { DecodingOptions } from "../options.js";
import type { HypothesisId, Verdict } from "./diagnosis.js";

/** Options of `diagnose()`. */
export interface DiagnoseOptions
  extends Pick<ContextOptions, "backend" | "device" | "flashAttention" | "allowWeightless"> {
  /** As for `WhisperContext.create()`: path, `file:` URL, name or bytes. Default: the embedded micro model. */
  model?: string | URL | Uint8Array | undefined;
  /** Audio files, or folders of them, that the clips are cut from. Default: the embedded samples. */
  audio?: string | readonly string[] | undefined;
  /** So many blocks, 4 to 10000, and one verdict at the end. Default: until every hypothesis has one, at most `maxBlocks`. */
  blocks?: number | undefined;
  /** Most blocks, 12 to 10000, where `blocks` isn't given. Default: 60. */
  maxBlocks?: number | undefined;
  /** No block begins after so many minutes, 0.1 to 100000. Default: no limit. */
  timeLimitMinutes?: number | undefined;
  /** Another model, or another build of the addon (a path that ends with `.node`), measured side by side. Default: none. */
  compareWith?: string | undefined;
  /** CPU threads of each job. Default: as for `state.transcribe()`. */
  threads?: number | undefined;
  /** How to transcribe; what is decoded, and after which text, is the experiment's own. Default: none. */
  options?:
    | Omit<DecodingOptions, "threads" | "maxTextContext" | "noContext" | "offsetMs" | "durationMs">
    | undefined;
  /** Of the order of arms and of clips: 0 to 2^31 - 1. Default: by the clock; it is in the result. */
  seed?: number | undefined;
  /** A file, not there yet, that each block's jobs are appended to, so that the run can be resumed. Default: none. */
  journal?: string | undefined;
  /** Go on with the journal's run, which must be of the same model, audio and options; its seed goes on. Default: false. */
  resume?: boolean | undefined;
  /** Of the child processes that jobs run in. */
  engine?: EngineOptions | undefined;
  /** Ends the run after the job under way: the diagnosis so far is what `diagnose()` resolves with. */
  signal?: AbortSignal | undefined;
  /** Called after each job. */
  onProgress?: ((progress: DiagnosisProgress) => void) | undefined;
}

/** How far a run is. */
export interface DiagnosisProgress {
  readonly phase: "preparing" | "measuring" | "finishing";
  /** Blocks that are done. */
  readonly block: number;
  /** Blocks that may be needed in all. */
  readonly blocks: number;
  readonly jobs: number;
  /** Those of them that don't count, as they waited for a processor: many, and the machine is too busy for this. */
  readonly waited: number;
  readonly elapsedMs: number;
  /** Until the last block that may be needed, or the time limit; undefined before the first block has ended. */
  readonly leftMs: number | undefined;
  /** Verdicts after the latest block that was looked at. */
  readonly interim: readonly { readonly id: HypothesisId; readonly verdict: Verdict }[];
}
