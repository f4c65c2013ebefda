import type { LoadAudioOptions } from "../../audio/load-options.js";
import type { ContextOptions } from "../../context-options.js";
import type { DecodingOptions } from "../../options.js";
import type { ContextInfo, LogEntry, Segment, StateInfo, TranscribeResult } from "../../types.js";
import type { MemorySample } from "../engine.js";

// What a host and the process of its engine say to each other: messages over Node's IPC channel (structured clones), and
// blobs over a pipe of their own (blob-frames.ts). Ids of contexts, states and audio are those of the requests that made them.

/** Bytes that come over the pipe under this number. */
export interface BlobRef {
  readonly blob: number;
}

/** Audio as it crosses: a path is opened by the child. */
export type AudioSource =
  | { readonly path: string }
  | (BlobRef & { readonly kind: "bytes" })
  | (BlobRef & {
      readonly kind: "f32" | "s16";
      readonly sampleRate: number;
      readonly channels: number;
    });

/** What is limited in a child before it computes anything. */
export interface Confinement {
  readonly parentPid: number;
  readonly addressSpaceBytes: number | undefined;
}

/** Requests by name: what is asked, and what is answered. */
export interface Requests {
  start: {
    ask: {
      model: string | BlobRef;
      options: ContextOptions;
      /** Whether whisper.cpp's warnings and errors are wanted. */
      log: boolean;
      confinement: Confinement;
    };
    answer: undefined;
  };
  load: { ask: Record<never, never>; answer: ContextInfo };
  prepare: {
    ask: { source: AudioSource; options: Omit<LoadAudioOptions, "signal"> };
    answer: { durationMs: number };
  };
  createState: { ask: { context: number }; answer: StateInfo };
  memory: { ask: { context: number }; answer: MemorySample };
  freeContext: { ask: { context: number }; answer: undefined };
  transcribe: {
    ask: { state: number; audio: number; options: DecodingOptions; progress: boolean };
    /** The segments have been sent before. */
    answer: { result: Omit<TranscribeResult, "segments">; info: StateInfo };
  };
  reset: { ask: { state: number }; answer: StateInfo };
  freeState: { ask: { state: number }; answer: undefined };
  /** Whether the child's JavaScript thread is alive, and what its states do. */
  ping: { ask: Record<never, never>; answer: readonly StateActivity[] };
}

export type RequestName = keyof Requests;

export type Request = {
  [Name in RequestName]: { id: number; name: Name; ask: Requests[Name]["ask"] };
}[RequestName];

export type HostMessage =
  | Request
  /** The caller doesn't want the answer any more. */
  | { abort: number }
  /** Prepared audio isn't needed any more. */
  | { drop: number }
  /** End, whatever is under way. */
  | { close: true };

export type ChildMessage =
  | { ready: true }
  | { id: number; answer: unknown }
  | { id: number; error: PlainError }
  | { id: number; segments: readonly Segment[] }
  | { id: number; progress: number }
  | { log: LogEntry; loading: boolean };

/** An error as it crosses; `fromNative()` makes an instance of it. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
}

/** What happens on a state, as of now. `ticks` goes up with every sign of progress. */
export interface StateActivity {
  readonly state: number;
  readonly job: number;
  readonly phase: string;
  readonly ticks: number;
}
