import { EventEmitter } from "node:events";
import { abortedBy, onAbort } from "../audio/abort.js";
import type { AudioInput } from "../audio/input.js";
import { callOutside } from "../call-outside.js";
import type { EngineHost } from "../engine/engine.js";
import { ThreadEngineHost } from "../engine/thread-engine.js";
import { type WhisperError, WhisperPoolError } from "../errors.js";
import { usableCores } from "../machine/cores.js";
import { fromNative } from "../native/errors.js";
import { integer } from "../option-checks.js";
import { traceJob } from "../telemetry/job-channel.js";
import { type Logger, log } from "../telemetry/logger.js";
import type { ContextInfo, LogEntry } from "../types.js";
import { Dispatcher } from "./dispatcher.js";
import type { PoolEvents } from "./events.js";
import type { Seat } from "./generation.js";
import { Generations } from "./generations.js";
import { Job } from "./job.js";
import { checkJob } from "./job-check.js";
import { type JobReport, reportOf } from "./job-report.js";
import { runJob } from "./job-runner.js";
import { Keeper } from "./keeper.js";
import { Monitor } from "./monitor.js";
import {
  checkSlots,
  type JobOptions,
  type PoolOptions,
  type PoolSettings,
  poolSettings,
} from "./options.js";
import { PoolJob } from "./pool-job.js";
import { generationStats, queueStats, slotStats } from "./pool-stats.js";
import { type RecycleCall, recycleRequest } from "./recycle-call.js";
import { RecyclePolicy } from "./recycle-policy.js";
import type { RecycleReport } from "./recycle-report.js";
import { RecycleTrigger } from "./recycle-trigger.js";
import { Recycler } from "./recycler.js";
import { chooseSizing, type Sizing, slotsWithinMemory } from "./sizing.js";
import type { Slot } from "./slot.js";
import { SlotSet } from "./slot-set.js";
import type { PoolStats } from "./stats.js";
import { measureReset, type ResetCosts } from "./warm-up.js";

/** Longest delay of a timer. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Runs jobs on a number of slots that share one loaded model, each job on a state that is as new, and replaces states and
 * contexts without letting a job wait. Keeps the process alive until it is closed.
 *
 * @example
 * await using pool = await WhisperPool.create({ model: "ggml-base.en.bin", slots: 2 });
 * const job = pool.transcribe("call.wav", { priority: 1, timeoutMs: 120_000 });
 * for await (const segment of job) send(segment);
 * const { text, timing } = await job;
 */
export class WhisperPool extends EventEmitter<PoolEvents> {
  readonly #settings: PoolSettings;
  readonly #host: EngineHost;
  readonly #startedAt = performance.now();
  /** Ends what is being built, and waits. */
  readonly #ending = new AbortController();
  readonly #monitor: Monitor;
  readonly #dispatcher: Dispatcher;
  readonly #generations: Generations;
  readonly #recycler: Recycler;
  readonly #keeper: Keeper;
  readonly #trigger: RecycleTrigger;
  readonly #slots: SlotSet;
  readonly #retiring = new Set<Promise<void>>();

  #sizing: Sizing;
  #resetCosts: ResetCosts | undefined;
  #info: ContextInfo | undefined;
  #state: PoolStats["state"] = "open";
  #failure: WhisperError | undefined;
  #ended: Promise<void> | undefined;
  #alive: NodeJS.Timeout | undefined;

  private constructor(settings: PoolSettings, host: EngineHost) {
    super();
    const pool = this;
    const { signal } = this.#ending;
    const { logger } = settings;
    const slots = () => this.#slots.staying;
    const failed = (error: WhisperError) => this.#fail(error);
    this.#settings = settings;
    this.#host = host;
    this.#sizing = chooseSizing(settings, { cores: usableCores(), gpu: false });
    this.#monitor = new Monitor(logger, (name, ...args) => {
      callOutside(() => (this as EventEmitter).emit(name, ...args));
    });
    this.#dispatcher = new Dispatcher(settings.queue);
    this.#generations = new Generations(host, () => this.#sizing.threadsPerSlot, signal);
    this.#recycler = new Recycler(this.#generations, {
      ...{ slots, signal, failed },
      recycled: (report) => this.#monitor.recycled(report),
    });
    this.#keeper = new Keeper(this.#generations, this.#recycler, {
      ...{ slots, signal, failed, logger, policy: settings.reset },
      get method() {
        return pool.#resetCosts?.method ?? "in-place";
      },
      reset: () => {
        this.#monitor.resets += 1;
      },
    });
    this.#trigger = new RecycleTrigger(new RecyclePolicy(settings.recycle), this.#recycler, slots);
    this.#slots = new SlotSet(
      {
        run: (slot, job) => this.#run(slot, job),
        clean: (slot) => this.#keeper.clean(slot),
        repair: (slot) => this.#track(this.#keeper.repair(slot)),
        retire: (seat) => this.#retire(seat),
        idle: () => this.#dispatcher.pump(),
      },
      (all) => {
        this.#dispatcher.slots = all;
      },
    );
  }

  /**
   * Loads the model, warms it up, and makes the slots.
   *
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
   * @throws {WhisperModelError} and {WhisperError} as `WhisperContext.create()` and `context.createState()`
   */
  static create(options: PoolOptions = {}): Promise<WhisperPool> {
    return WhisperPool.over(
      ({ model, context, logger }) =>
        new ThreadEngineHost(model, { ...context, onLog: logger && nativeLog(logger) }),
      options,
    );
  }

  /**
   * The same over other engines.
   * @internal
   */
  static async over(
    hostOf: (settings: PoolSettings) => EngineHost,
    options: PoolOptions,
  ): Promise<WhisperPool> {
    const settings = poolSettings(options);
    const { signal } = options;
    if (signal?.aborted) throw abortedBy(signal, "making the pool");
    const pool = new WhisperPool(settings, hostOf(settings));
    const unlisten = onAbort(signal, () => pool.#ending.abort(signal?.reason));
    try {
      await pool.#start();
      if (signal?.aborted) throw abortedBy(signal, "making the pool");
      return pool;
    } catch (error) {
      await pool.#end();
      throw signal?.aborted ? abortedBy(signal, "making the pool") : fromNative(error);
    } finally {
      unlisten();
    }
  }

  /** What is known of the model, the device and the engine. Of the first generation; later ones are of the same model. */
  get info(): ContextInfo {
    return this.#info as ContextInfo;
  }

  /**
   * Transcribes audio as soon as a slot is free. Await the handle for the result, iterate it for segments as they are
   * decoded.
   *
   * The handle rejects with what `state.transcribe()` rejects with, and with `WhisperPoolError`:
   * `ERR_WHISPER_QUEUE_FULL` (at once: a server's 429), `ERR_WHISPER_QUEUE_TIMEOUT`, `ERR_WHISPER_JOB_TIMEOUT`,
   * `ERR_WHISPER_POOL_CLOSED`, `ERR_WHISPER_POOL_FAILED`.
   *
   * @param audio See {@link AudioInput}. It is read after the call has returned, at the latest when a slot is free: leave
   *   samples and bytes unchanged until the job has settled. A path is opened then, a stream read then.
   */
  transcribe(audio: AudioInput, options: JobOptions = {}): PoolJob {
    const { job, problem } = this.#makeJob(audio, options);
    const handle = PoolJob.over(job, (onSegments) => {
      job.onSegments(onSegments);
      return job.result;
    });
    if (problem === undefined) this.#accept(job);
    else this.#refuse(job, problem);
    return handle;
  }

  /** A snapshot. */
  stats(): PoolStats {
    const monitor = this.#monitor;
    const slots = this.#dispatcher.slots;
    const { queue } = this.#dispatcher;
    return {
      state: this.#state,
      uptimeMs: performance.now() - this.#startedAt,
      threadsPerSlot: this.#sizing.threadsPerSlot,
      queue: queueStats(queue, this.#settings.queue.maxWaiting),
      slots: slots.map(slotStats),
      generations: generationStats(slots),
      counters: {
        accepted: monitor.accepted,
        rejected: monitor.rejected,
        running: this.#dispatcher.running.length,
        outcomes: { ...monitor.outcomes },
        resets: monitor.resets,
        recycles: { ...monitor.recycles },
        recycleReasons: { ...monitor.recycleReasons },
        recyclesFailed: monitor.recyclesFailed,
        recyclesSkipped: monitor.recyclesSkipped,
      },
      quantiles: monitor.quantiles,
      reset: this.#resetCosts,
      memory: monitor.memory,
    };
  }

  /**
   * More or fewer slots, 1 to 64, without disturbing jobs. Threads for each slot stay as they are, as results may depend on
   * them. Resolves when new slots are ready, and those that go have ended their jobs.
   *
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
   * @throws {WhisperError} `ERR_WHISPER_OUT_OF_MEMORY` and others of `context.createState()`: slots that could be made stay;
   *   `ERR_WHISPER_POOL_CLOSED`, `ERR_WHISPER_POOL_FAILED`
   */
  async resize(slots: number): Promise<void> {
    checkSlots("slots", slots);
    this.#checkOpen();
    this.#warnOfTooManyThreads(slots);
    try {
      await this.#slots.resize(slots, () => this.#recycler.newSeat(), this.#ending.signal);
    } catch (error) {
      this.#checkOpen(); // closed meanwhile
      throw fromNative(error);
    }
    this.#trigger.check();
  }

  /**
   * Replaces states or contexts: builds and warms the new generation, moves slots to it as they come between two jobs, and
   * frees the old one when nobody is left on it. Resolves when all slots that are meant have moved. No job waits for it,
   * unless memory has no room for two generations: that is looked at before, and the report says so.
   *
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
   * @throws {WhisperError} what loading or `context.createState()` fails with (the old generation stays),
   *   `ERR_WHISPER_POOL_CLOSED`, `ERR_WHISPER_POOL_FAILED`
   */
  async recycle(options: RecycleCall = {}): Promise<RecycleReport> {
    const request = recycleRequest(options, this.#host.topRung, this.#slots.staying);
    this.#checkOpen();
    const report = await this.#recycler.recycle(request);
    this.#trigger.check();
    return report;
  }

  /**
   * Takes no more jobs, lets those that it has end, and closes. After `timeoutMs` the rest is rejected with
   * `ERR_WHISPER_POOL_CLOSED`. Resolves when all is freed, with the number of those that were rejected.
   *
   * @param options.timeoutMs 0 to 2147483647. Default: no limit.
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
   */
  async drain(options: { timeoutMs?: number | undefined } = {}): Promise<{ rejected: number }> {
    const { timeoutMs } = options;
    if (timeoutMs !== undefined) integer(0, MAX_MS)("timeoutMs", timeoutMs);
    if (this.#state === "open") this.#state = "draining";
    let timer: NodeJS.Timeout | undefined;
    const inTime = this.#dispatcher.empty();
    const tooLate = new Promise<void>((resolve) => {
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([inTime, tooLate]);
    clearTimeout(timer);
    const rejected = this.#dispatcher.queue.size + this.#dispatcher.running.length;
    await this.close();
    return { rejected };
  }

  /**
   * Rejects what waits and runs with `ERR_WHISPER_POOL_CLOSED`, and frees everything. Resolves when the memory is back.
   * Calling it again returns the same promise.
   */
  close(): Promise<void> {
    if (this.#state !== "failed") this.#state = "closed";
    return this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(): Promise<void> {
    const { slots: given, threadsPerSlot, reset } = this.#settings;
    const first = await this.#generations.load();
    try {
      const { info } = first.context;
      this.#info = info;
      this.#sizing = chooseSizing(
        { slots: given, threadsPerSlot },
        { cores: usableCores(), gpu: info.device.gpu },
      );
      if (reset !== "never") this.#resetCosts = await measureReset(first.context);
      const newSeat = () => this.#generations.buildSeat(first);
      await this.#slots.resize(1, newSeat, this.#ending.signal);
      const { slots } = this.#sizing;
      await this.#slots.resize(
        given ?? slotsWithinMemory(slots, this.#generations.stateBytes, await this.#freeBytes()),
        newSeat,
        this.#ending.signal,
      );
    } finally {
      await first.release();
    }
    // An open pool keeps the process alive, as a server does.
    this.#alive = setInterval(() => {}, MAX_MS);
    this.#trigger.check();
    this.#warnOfTooManyThreads(this.#slots.staying.length);
    log(this.#settings.logger, "info", () => this.#startLine(), "pool is ready");
  }

  async #freeBytes(): Promise<number | undefined> {
    const { gpu, availableBytes } = await this.#recycler.newest.context.memory();
    return gpu?.freeBytes ?? availableBytes;
  }

  #startLine(): object {
    const { model, device, weightsBytes } = this.info;
    return {
      slots: this.#slots.staying.length,
      threads_per_slot: this.#sizing.threadsPerSlot,
      isolation: this.#host.isolation,
      model: model.type,
      quantization: model.quantization,
      device: device.name,
      weights_bytes: weightsBytes,
      state_bytes: this.#generations.stateBytes,
      reset: this.#settings.reset,
      reset_method: this.#resetCosts?.method,
    };
  }

  #warnOfTooManyThreads(slots: number): void {
    const { threadsPerSlot } = this.#sizing;
    const cores = usableCores();
    if (slots * threadsPerSlot <= cores || this.info.device.gpu) return;
    const fields = () => ({ slots, threads_per_slot: threadsPerSlot, cores });
    log(
      this.#settings.logger,
      "warn",
      fields,
      "more threads than cores: jobs will slow each other",
    );
  }

  /** A job, and what is wrong with it. */
  #makeJob(audio: AudioInput, options: JobOptions): { job: Job; problem?: unknown } {
    const ended = (job: Job) => this.#jobEnded(job);
    try {
      this.#checkOpen();
      return { job: new Job(checkJob(audio, options), ended) };
    } catch (problem) {
      return { job: new Job({ audio, settings: { own: {}, transcribe: {} } }, ended), problem };
    }
  }

  #accept(job: Job): void {
    try {
      if (job.error) throw job.error; // its signal had been aborted
      job.accepted = true;
      this.#dispatcher.add(job);
    } catch (error) {
      job.accepted = false;
      this.#refuse(job, error);
      return;
    }
    this.#monitor.accepted += 1;
    job.limitTime(this.#settings.queue.maxWaitMs);
    traceJob(
      () => ({ jobId: job.id, sessionId: job.sessionId, priority: job.priority }),
      () => job.reported,
    );
  }

  #refuse(job: Job, error: unknown): void {
    this.#monitor.rejected += 1;
    job.fail(error);
  }

  #jobEnded(job: Job): void {
    if (!job.accepted) return;
    this.#monitor.count(job);
    this.#dispatcher.ended(job);
    if (job.startedAt === undefined) this.#report(job, reportOf(job, undefined));
  }

  async #run(slot: Slot, job: Job): Promise<void> {
    const { context } = slot.seat;
    const { report } = await runJob(
      job,
      slot,
      { reset: this.#settings.reset, threadsPerSlot: this.#sizing.threadsPerSlot },
      (dirty) => this.#keeper.reset(dirty),
    );
    this.#trigger.check();
    this.#track(
      report.then((done) => {
        if (done.place) context.memory.add(done.place.memory.after);
        this.#report(job, done);
        this.#trigger.check();
      }),
    );
  }

  #report(job: Job, report: JobReport): void {
    job.report(report);
    this.#monitor.jobEnded(report);
  }

  #retire(seat: Seat): Promise<void> {
    return this.#track(seat.retire());
  }

  /** Waited for at the end. What goes wrong in the background is logged, nothing else can be done about it. */
  #track(work: Promise<void>): Promise<void> {
    const tracked = work.catch((error) => {
      log(
        this.#settings.logger,
        "error",
        () => ({ err: error }),
        "a pool's background work failed",
      );
    });
    this.#retiring.add(tracked);
    return tracked.finally(() => this.#retiring.delete(tracked));
  }

  #checkOpen(): void {
    if (this.#state === "open") return;
    const { code, message } =
      this.#state === "failed"
        ? ({
            code: "ERR_WHISPER_POOL_FAILED",
            message: "the pool has failed; make a new one",
          } as const)
        : ({
            code: "ERR_WHISPER_POOL_CLOSED",
            message: `the pool is ${this.#state}; make a new one`,
          } as const);
    throw new WhisperPoolError(code, message, { cause: this.#failure });
  }

  #fail(error: WhisperError): void {
    if (this.#state === "failed" || this.#state === "closed") return;
    this.#state = "failed";
    this.#failure = error;
    log(this.#settings.logger, "error", () => ({ err: error }), "the pool has failed");
    callOutside(() => this.emit("failed", error));
    this.#end();
  }

  #end(): Promise<void> {
    this.#ended ??= this.#endOnce();
    return this.#ended;
  }

  async #endOnce(): Promise<void> {
    this.#ending.abort();
    this.#trigger.stop();
    const error = () =>
      this.#failure
        ? new WhisperPoolError(
            "ERR_WHISPER_POOL_FAILED",
            `the pool has failed: ${this.#failure.message}`,
            {
              cause: this.#failure,
            },
          )
        : new WhisperPoolError(
            "ERR_WHISPER_POOL_CLOSED",
            "the pool was closed before the job was done",
          );
    for (const job of [...this.#dispatcher.queue.jobs(), ...this.#dispatcher.running])
      job.fail(error());
    await Promise.all([this.#slots.end(), this.#recycler.quiet()]);
    await this.#slots.end(); // what a recycle or a resize has added at the last moment
    while (this.#retiring.size > 0) await Promise.all(this.#retiring);
    clearInterval(this.#alive);
  }
}

/** whisper.cpp's own warnings and errors. */
function nativeLog(logger: Logger): (entry: LogEntry) => void {
  return ({ level, text }) => {
    if (level === "warn" || level === "error") {
      log(logger, level, () => ({}), `whisper.cpp: ${text.trim()}`);
    }
  };
}
