import { AsyncResource } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { abortedBy, onAbort } from "../audio/abort.js";
import type { AudioInput, ByteStream } from "../audio/input.js";
import { checkLoadOptions } from "../audio/load-options.js";
import { collectBytes } from "../audio/stream.js";
import { closeInput, guardInput } from "../audio/unread-input.js";
import { callOutside } from "../call-outside.js";
import type { EngineJobOptions, PreparedAudio } from "../engine/engine.js";
import { WhisperError, type WhisperErrorCode, WhisperPoolError } from "../errors.js";
import { fromNative } from "../native/errors.js";
import type { DecodingOptions } from "../options.js";
import type { Segment } from "../types.js";
import { withResolvers } from "../with-resolvers.js";
import type { EngineGeneration } from "./generation.js";
import type { JobReport } from "./job-report.js";
import type { JobOutcome, JobStatus, PoolResult, PoolTiming } from "./job-types.js";
import type { JobRequest, JobSettings } from "./settings.js";

/** Why a pool doesn't take a job, whatever job it is. */
const REFUSALS: readonly WhisperErrorCode[] = [
  "ERR_WHISPER_QUEUE_FULL",
  "ERR_WHISPER_POOL_CLOSED",
  "ERR_WHISPER_POOL_FAILED",
];

/** Interruptions by the death of an engine after which a job runs alone, so that it is known who is to blame. */
const INTERRUPTIONS_BEFORE_ALONE = 2;

/** What the audio has become, and for which engine. */
interface Preparation {
  engine: EngineGeneration;
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
  /** Its place among jobs of the same priority, once it has been in the queue. */
  sequence: number | undefined;

  status: JobStatus = "waiting";
  /** How often an engine has died that ran it, or that read its audio. */
  interruptions = 0;
  /** When a slot took it, the last time if it was interrupted. */
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** Share of the audio that is done, 0 to 1. */
  progress = 0;
  /** Segments that have been delivered. */
  segments = 0;
  /** Length of the audio, and the time that reading and decoding it took. Undefined until that is done. */
  audioDurationMs: number | undefined;
  decodeAudioMs: number | undefined;
  /** The result's, if it completed. */
  timing: PoolTiming | undefined;
  error: WhisperError | undefined;

  readonly #settings: JobSettings;
  readonly #params: DecodingOptions;
  // What runs for the job belongs to its caller's async context, not to that of the job whose end makes room for it.
  readonly #scope = new AsyncResource("WhisperPoolJob");
  readonly #settle = withResolvers<PoolResult>();
  readonly #reported = withResolvers<JobReport>();
  readonly #ended: (job: Job) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #unlisten: (() => void)[] = [];
  #audio: AudioInput | undefined;
  #stream: ByteStream | undefined;
  #readMs = 0;
  #preparation: Preparation | undefined;
  #readings = 0;
  #onSegments: (segments: readonly Segment[]) => void = () => {};

  /** `ended` is called once, as soon as the job has: before its promise's callbacks run. */
  constructor(request: JobRequest, ended: (job: Job) => void) {
    const { id, sessionId, priority } = request.settings.own;
    this.id = id ?? randomUUID();
    this.sessionId = sessionId;
    this.priority = priority ?? 0;
    this.result = this.#settle.promise;
    this.#settings = request.settings;
    this.#params = request.params;
    this.#audio = request.audio;
    this.#stream = request.stream;
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

  /** Time on the state's thread divided by the length of the audio, once it has completed. */
  get rtf(): number | undefined {
    return this.timing && this.audioDurationMs
      ? this.timing.wallMs / this.audioDurationMs
      : undefined;
  }

  onSegments(listener: (segments: readonly Segment[]) => void): void {
    this.#onSegments = listener;
  }

  /** Starts the job's clocks, once it is accepted. */
  limitTime(maxWaitMs: number | undefined): void {
    if (this.ended) return;
    const { timeoutMs } = this.#settings.own;
    const waitMs = this.#settings.own.maxWaitMs ?? maxWaitMs;
    if (waitMs !== undefined) {
      this.#after(waitMs, () => {
        // One that has been interrupted had its slot.
        if (this.status === "waiting" && this.interruptions === 0) {
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

  /** Whether its audio is a stream whose end hasn't come yet. */
  get streaming(): boolean {
    return this.#stream !== undefined;
  }

  /** Reads its stream to the end. Fails the job, and rejects, if that fails. */
  async readStream(): Promise<void> {
    const { signal } = this.controller;
    const startedAt = performance.now();
    try {
      const { maxBytes } = checkLoadOptions({ maxBytes: this.options.maxBytes });
      this.#audio = await collectBytes(this.#stream as ByteStream, { signal, maxBytes });
      this.#readMs = performance.now() - startedAt;
      this.#stream = undefined;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Reads and decodes the audio for `engine`, unless that has been done or is being done. */
  prepare(engine: EngineGeneration): Promise<PreparedAudio> {
    if (this.#preparation?.engine !== engine) {
      this.#releaseAudio();
      this.#preparation = this.#prepare(engine);
    }
    return this.#preparation.audio;
  }

  /** Whether an engine reads its audio, also one that it doesn't need it from any more: how that ends isn't known yet. */
  get reading(): boolean {
    return this.#readings > 0;
  }

  #prepare(engine: EngineGeneration): Preparation {
    const { maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } = this.options;
    const startedAt = performance.now();
    this.#readings += 1;
    const audio = engine.engine.prepareAudio(this.#audio as AudioInput, {
      ...{ maxDurationMs, maxBytes, ffmpeg, sampleRate, channels },
      signal: this.controller.signal,
    });
    audio.then(
      ({ durationMs }) => {
        this.#readings -= 1;
        this.audioDurationMs = durationMs;
        this.decodeAudioMs = this.#readMs + performance.now() - startedAt;
      },
      // Also when it was decoded ahead: no need to wait for a slot to say so.
      (error) => {
        this.#readings -= 1;
        if (!isEngineDeath(error)) {
          this.fail(error);
          return;
        }
        // One that is closed meanwhile, as all have left it, has nobody to blame.
        if (!engine.closed) this.interruptions += 1;
        if (this.#preparation?.audio === audio) this.#preparation = undefined;
      },
    );
    return { engine, audio };
  }

  /** Whether it has to be the only one that runs. */
  get mustRunAlone(): boolean {
    return this.interruptions >= INTERRUPTIONS_BEFORE_ALONE;
  }

  /** After the death of its engine: it waits for a slot again. */
  runAgain(): void {
    this.#releaseAudio();
    this.status = "waiting";
    this.startedAt = undefined;
  }

  /** What the engine gets to know of the job. */
  engineOptions(threads: number): EngineJobOptions {
    const { onProgress } = this.options;
    return {
      ...this.#params,
      threads,
      signal: this.controller.signal,
      onProgress: (fraction) => {
        this.progress = Math.max(this.progress, fraction); // a second run begins at the beginning
        if (onProgress && !this.ended) {
          callOutside(() => this.inScope(() => onProgress(fraction)));
        }
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

  /** Calls a function in the async context of the job's submission. */
  inScope<Value>(call: () => Value): Value {
    return this.#scope.runInAsyncScope(call);
  }

  start(): void {
    this.status = "running";
    this.startedAt = performance.now();
  }

  deliver(segments: readonly Segment[]): void {
    if (this.ended) return;
    // A second run decodes again what the first has delivered.
    const fresh = segments.filter(({ index }) => index >= this.segments);
    this.segments += fresh.length;
    if (fresh.length > 0) this.#onSegments(fresh);
  }

  complete(result: PoolResult): void {
    if (!this.#end("completed")) return;
    this.#letGo();
    this.timing = result.timing;
    this.#settle.resolve(result);
    this.#ended(this);
  }

  fail(error: unknown, outcome: JobOutcome = "failed"): void {
    const failure = fromNative(error);
    if (!this.#end(outcome)) return;
    // Of one that was refused the input is still its caller's: a server may have to answer on the same socket.
    if (!REFUSALS.includes(failure.code) || this.accepted) closeInput(this.#audio);
    this.#letGo();
    this.error = failure;
    this.#settle.reject(failure);
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
    return true;
  }

  /** A handle that is kept for its result must not keep the audio. */
  #letGo(): void {
    this.#audio = undefined;
    this.#stream = undefined;
    this.#releaseAudio();
  }

  #releaseAudio(): void {
    this.#preparation?.audio.then(
      (audio) => audio.release(),
      () => {}, // it has been dealt with
    );
    this.#preparation = undefined;
  }

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms));
  }
}

/** Whether it is the end of an engine, rather than of a job in it. */
export function isEngineDeath(error: unknown): boolean {
  return error instanceof WhisperError && error.code === "ERR_WHISPER_ENGINE_CRASHED";
}
