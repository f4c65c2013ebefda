import { randomUUID } from "node:crypto";
import { abortedBy, onAbort } from "../audio/abort.js";
import type { AudioInput } from "../audio/input.js";
import { closeInput, guardInput } from "../audio/unread-input.js";
import { callOutside } from "../call-outside.js";
import type { Engine, EngineJobOptions, PreparedAudio } from "../engine/engine.js";
import { WhisperError, WhisperPoolError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import { decodingParams } from "../options.js";
import type { Segment } from "../types.js";
import { withResolvers } from "../with-resolvers.js";
import type { JobReport } from "./job-report.js";
import type { JobOutcome, JobStatus, PoolResult, PoolTiming } from "./job-types.js";
import type { JobRequest, JobSettings } from "./options.js";

/** What the audio has become, and for which engine. */
interface Preparation {
  engine: Engine;
  audio: Promise<PreparedAudio>;
}

/**
 * One job of a pool, from submission to its one end. Whatever comes first ends it: its result, an error, its signal,
 * `cancel()`, a time limit, the pool's own end. It lets go of its audio then, and tells the pool, once.
 */
export class Job {
  readonly id: string;
  readonly sessionId: string | undefined;
  readonly priority: number;
  readonly submittedAt = performance.now();
  /** Aborts what works for the job. */
  readonly controller = new AbortController();
  readonly result: Promise<PoolResult>;
  /** Whether it is one of the pool's, or was refused. */
  accepted = false;

  status: JobStatus = "waiting";
  /** When a slot took it. */
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** Share of the audio that is done, 0 to 1. */
  progress = 0;
  /** Segments that have been delivered. */
  segments = 0;
  /** Length of the audio and time that reading and decoding it took. 0 until that is done. */
  audioDurationMs = 0;
  decodeAudioMs = 0;
  /** The result's, if it completed. */
  timing: PoolTiming | undefined;
  error: WhisperError | undefined;

  readonly #settings: JobSettings;
  readonly #settle = withResolvers<PoolResult>();
  readonly #reported = withResolvers<JobReport>();
  readonly #ended: (job: Job) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #unlisten: (() => void)[] = [];
  #audio: AudioInput | undefined;
  #preparation: Preparation | undefined;
  #onSegments: (segments: readonly Segment[]) => void = () => {};

  /** `ended` is called once, as soon as the job has: before its promise's callbacks run. */
  constructor(request: JobRequest, ended: (job: Job) => void) {
    const { id, sessionId, priority } = request.settings.own;
    this.id = id ?? randomUUID();
    this.sessionId = sessionId;
    this.priority = priority ?? 0;
    this.result = this.#settle.promise;
    this.#settings = request.settings;
    this.#audio = request.audio;
    this.#ended = ended;
    guardInput(request.audio); // a stream that fails while it waits
    const { signal } = this.controller;
    const { signal: given } = request.settings.transcribe;
    this.#unlisten.push(
      onAbort(signal, () => this.fail(abortedBy(signal, "the job"), "cancelled")),
      onAbort(given, () => this.controller.abort(given?.reason)),
    );
  }

  get ended(): boolean {
    return this.endedAt !== undefined;
  }

  /** From submission until a slot took it, or until now. */
  get queueMs(): number {
    return (this.startedAt ?? this.endedAt ?? performance.now()) - this.submittedAt;
  }

  get options(): JobSettings["transcribe"] {
    return this.#settings.transcribe;
  }

  onSegments(listener: (segments: readonly Segment[]) => void): void {
    this.#onSegments = listener;
  }

  /** Starts the job's clocks, once it is accepted. */
  limitTime(maxWaitMs: number | undefined): void {
    const { timeoutMs } = this.#settings.own;
    const waitMs = this.#settings.own.maxWaitMs ?? maxWaitMs;
    if (waitMs !== undefined) {
      this.#after(waitMs, () => {
        if (this.status === "waiting") {
          const message = `no slot was free for ${waitMs} ms (maxWaitMs); add slots, or submit less`;
          this.#timeOut("ERR_WHISPER_QUEUE_TIMEOUT", message);
        }
      });
    }
    if (timeoutMs !== undefined) {
      this.#after(timeoutMs, () => {
        const where = this.status === "waiting" ? "it was still waiting" : "it was running";
        const message = `the job wasn't done after ${timeoutMs} ms (timeoutMs); ${where}`;
        this.#timeOut("ERR_WHISPER_JOB_TIMEOUT", message);
      });
    }
  }

  /** Reads and decodes the audio for `engine`, unless that has been done or is being done. */
  prepare(engine: Engine): Promise<PreparedAudio> {
    if (this.#preparation?.engine !== engine) this.#preparation = this.#prepare(engine);
    return this.#preparation.audio;
  }

  #prepare(engine: Engine): Preparation {
    const { maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } = this.options;
    const startedAt = performance.now();
    const audio = engine.prepareAudio(this.#audio as AudioInput, {
      ...{ maxDurationMs, maxBytes, ffmpeg, sampleRate, channels },
      signal: this.controller.signal,
    });
    audio.then(
      ({ durationMs }) => {
        this.audioDurationMs = durationMs;
        this.decodeAudioMs = performance.now() - startedAt;
      },
      // Also when it was decoded ahead: no need to wait for a slot to say so.
      (error) => this.fail(error),
    );
    return { engine, audio };
  }

  /** What the engine gets to know of the job. */
  engineOptions(threads: number): EngineJobOptions {
    const { onProgress } = this.options;
    return {
      ...decodingParams(this.options),
      threads,
      signal: this.controller.signal,
      onProgress: (fraction) => {
        this.progress = fraction;
        if (onProgress && !this.ended) callOutside(() => onProgress(fraction));
      },
    };
  }

  /** The report after its end; rejects with the job's error if it failed. */
  get reported(): Promise<JobReport> {
    return this.#reported.promise.then((report) => {
      if (this.error) throw this.error;
      return report;
    });
  }

  report(report: JobReport): void {
    this.#reported.resolve(report);
  }

  start(): void {
    this.status = "running";
    this.startedAt = performance.now();
  }

  deliver(segments: readonly Segment[]): void {
    if (this.ended) return;
    this.segments += segments.length;
    this.#onSegments(segments);
  }

  complete(result: PoolResult): void {
    if (!this.#end("completed")) return;
    this.timing = result.timing;
    this.#settle.resolve(result);
    this.#ended(this);
  }

  fail(error: unknown, outcome: JobOutcome = "failed"): void {
    if (!this.#end(outcome)) return;
    this.error = error instanceof WhisperError ? error : fromNative(error);
    this.#settle.reject(this.error);
    this.controller.abort();
    this.#ended(this);
  }

  #timeOut(code: "ERR_WHISPER_QUEUE_TIMEOUT" | "ERR_WHISPER_JOB_TIMEOUT", message: string): void {
    this.fail(new WhisperPoolError(code, message), "timed-out");
  }

  /** Whether this is the first end. */
  #end(outcome: JobOutcome): boolean {
    if (this.ended) return false;
    this.endedAt = performance.now();
    this.status = outcome;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const take of this.#unlisten) take();
    if (outcome !== "completed") closeInput(this.#audio); // no effect on one that has been read
    // A handle that is kept for its result must not keep the audio.
    this.#audio = undefined;
    this.#preparation = undefined;
    return true;
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }
}
