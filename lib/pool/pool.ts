import { EventEmitter } from "node:events";
import { abortedBy, onAbort } from "../audio/abort.js";
import type { AudioInput } from "../audio/input.js";
import { callOutside } from "../call-outside.js";
import type { EngineHost } from "../engine/engine.js";
import { freeBytes } from "../engine/memory.js";
import { ProcessEngineHost } from "../engine/process/process-engine.js";
import { ThreadEngineHost } from "../engine/thread-engine.js";
import { type WhisperEngineError, type WhisperError, WhisperPoolError } from "../errors.js";
import type { HealthReport } from "../health/index.js";
import { usableCores } from "../machine/cores.js";
import { fromNative } from "../native/errors.js";
import { checkEach, integer, MAX_TIMER_MS, reading } from "../option-checks.js";
import { log } from "../telemetry/logger.js";
import type { ContextInfo } from "../types.js";
import { announce, nativeLog, warnOfSize } from "./announcements.js";
import { Dispatcher } from "./dispatcher.js";
import type { PoolEvents } from "./events.js";
import type { ContextGeneration, EngineGeneration, Seat } from "./generation.js";
import { Generations } from "./generations.js";
import type { PoolHealthMemory } from "./health/memory-key.js";
import { PoolHealth } from "./health/pool-health.js";
import { Intake } from "./intake.js";
import type { Job } from "./job.js";
import { runJob } from "./job-runner.js";
import { Keeper } from "./keeper.js";
import { Monitor } from "./monitor.js";
import type { JobOptions, PoolOptions } from "./options.js";
import { PoolJob } from "./pool-job.js";
import { engineStats, generationStats, queueStats, slotStats } from "./pool-stats.js";
import { type RecycleCall, recycleRequest } from "./recycle-call.js";
import { RecyclePolicy } from "./recycle-policy.js";
import type { RecycleReport } from "./recycle-report.js";
import { RecycleTrigger } from "./recycle-trigger.js";
import { Recycler } from "./recycler.js";
import { Reviver } from "./reviver.js";
import { checkSlots, type PoolSettings, poolSettings } from "./settings.js";
import { chooseSizing, type Sizing, slotsWithinMemory } from "./sizing.js";
import type { Slot } from "./slot.js";
import { SlotSet } from "./slot-set.js";
import type { PoolState, PoolStats } from "./stats.js";
import { measureReset, type ResetCosts } from "./warm-up.js";

/** Options of `pool.drain()`. */
export interface DrainOptions {
  /** Longest wait for the jobs that it has, in ms, 0 to 2147483647. Default: no limit. */
  timeoutMs?: number | undefined;
}

/** What became of a drain. */
export interface DrainResult {
  /** Jobs that hadn't ended in time, and were rejected. */
  readonly cutOff: number;
}

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
  readonly #cores = usableCores();
  /** Ends what is being built, and waits. */
  readonly #ending = new AbortController();
  readonly #monitor: Monitor;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #generations: Generations;
  readonly #recycler: Recycler;
  readonly #reviver: Reviver;
  readonly #keeper: Keeper;
  readonly #trigger: RecycleTrigger;
  readonly #slots: SlotSet;
  #health: PoolHealth | undefined;
  readonly #retiring = new Set<Promise<void>>();

  #sizing: Sizing;
  #resetCosts: ResetCosts | undefined;
  #info: ContextInfo | undefined;
  #state: PoolState = "open";
  #failure: WhisperError | undefined;
  #ended: Promise<void> | undefined;
  #alive: NodeJS.Timeout | undefined;
  /** Jobs that its end has rejected. */
  #cutOff = 0;

  private constructor(settings: PoolSettings, host: EngineHost) {
    super();
    const pool = this;
    const { signal } = this.#ending;
    const { logger } = settings;
    const slots = () => this.#slots.staying;
    const failed = (error: WhisperError) => this.#fail(error);
    this.#settings = settings;
    this.#host = host;
    this.#sizing = chooseSizing(settings, { cores: this.#cores, gpu: false });
    this.#monitor = new Monitor(logger, this.#emit);
    this.#dispatcher = new Dispatcher(settings.queue);
    this.#intake = new Intake(this.#dispatcher, this.#monitor, {
      maxWaitMs: settings.queue.maxWaitMs,
      notOpen: () => (this.#state === "open" ? undefined : this.#notOpen()),
    });
    this.#generations = new Generations(
      host,
      () => this.#sizing.threadsPerSlot,
      signal,
      (engine, error) => this.#engineDied(engine, error),
    );
    this.#recycler = new Recycler(this.#generations, {
      ...{ slots, signal, failed },
      allSlots: () => this.#dispatcher.slots,
      recycled: (report) => {
        this.#monitor.recycled(report);
        this.#health?.recycled(report);
      },
    });
    this.#reviver = new Reviver(this.#recycler, { slots, signal, failed });
    this.#keeper = new Keeper(this.#generations, this.#recycler, {
      ...{ slots, signal, failed, logger, policy: settings.reset, topRung: host.topRung },
      get method() {
        return pool.#resetCosts?.method ?? "in-place";
      },
      wasReset: () => {
        this.#monitor.resets += 1;
      },
      revive: () => this.#reviver.revive(),
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
    return WhisperPool.over(({ isolation, model, context, engine, logger }) => {
      const onLog = logger && nativeLog(logger);
      return isolation === "process"
        ? new ProcessEngineHost(model, context, engine, onLog)
        : new ThreadEngineHost(model, context, onLog);
    }, options);
  }

  /**
   * The same over other engines.
   * @internal
   */
  static async over(
    hostOf: (settings: PoolSettings) => EngineHost,
    options: PoolOptions,
  ): Promise<WhisperPool> {
    const { settings, signal } = reading("options", options, () => ({
      settings: poolSettings(options),
      signal: options.signal,
    }));
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
    const application = this.#intake.apply(audio, options);
    const { job } = application;
    const handle = PoolJob.over(job, (onSegments) => {
      job.onSegments(onSegments);
      return job.result;
    });
    this.#intake.decide(application);
    return handle;
  }

  /** A snapshot. */
  stats(): PoolStats {
    const monitor = this.#monitor;
    const slots = this.#dispatcher.slots;
    return {
      state: this.#state,
      uptimeMs: performance.now() - this.#startedAt,
      threadsPerSlot: this.#sizing.threadsPerSlot,
      queue: queueStats(this.#dispatcher.waiting, this.#settings.queue.maxWaiting),
      slots: slots.map(slotStats),
      generations: generationStats(slots),
      engines: engineStats(slots),
      counters: {
        accepted: monitor.accepted,
        refused: { ...monitor.refused },
        running: this.#dispatcher.running.length,
        outcomes: { ...monitor.outcomes },
        resets: monitor.resets,
        recycles: { ...monitor.recycles },
        recycleReasons: { ...monitor.recycleReasons },
        recyclesFailed: monitor.recyclesFailed,
        recyclesSkipped: monitor.recyclesSkipped,
        crashes: monitor.crashes,
        interruptions: monitor.interruptions,
      },
      quantiles: monitor.quantiles,
      reset: this.#resetCosts,
      memory: monitor.memory,
    };
  }

  /**
   * How fast the slots are, judged by the work that their jobs contained: what work costs here, how far each slot is from that,
   * and what has been decided, with `summary` in words. Undefined with `health: false`.
   */
  health(): HealthReport | undefined {
    return this.#health?.report();
  }

  /**
   * What has been learned of the costs of jobs, as plain JSON for the option `health.memory` of a later pool, with which that
   * knows from its first job on what jobs should take. Undefined with `health: false`.
   */
  healthMemory(): PoolHealthMemory | undefined {
    return this.#health?.memory();
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
    warnOfSize(this.#settings, this.info, { ...this.#sizing, slots }, this.#cores);
    try {
      const newSeat = () => this.#reviver.through(() => this.#recycler.newSeat());
      await this.#slots.resize(slots, newSeat, this.#ending.signal);
    } catch (error) {
      this.#checkOpen(); // closed meanwhile
      throw fromNative(error);
    }
    this.#checkOpen();
    this.#generations.changed();
    this.#health?.resized();
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
   * `ERR_WHISPER_POOL_CLOSED`. Resolves when all is freed.
   *
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
   */
  async drain(options: DrainOptions = {}): Promise<DrainResult> {
    checkEach(options, "options", { timeoutMs: integer(0, MAX_TIMER_MS) });
    const { timeoutMs } = options;
    if (this.#state === "open") this.#state = "draining";
    let timer: NodeJS.Timeout | undefined;
    const inTime = this.#dispatcher.empty();
    const tooLate = new Promise<void>((resolve) => {
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([inTime, tooLate]);
    clearTimeout(timer);
    await this.close();
    return { cutOff: this.#cutOff };
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
        { cores: this.#cores, gpu: info.device.gpu },
      );
      if (reset !== "never") {
        this.#resetCosts = await measureReset(first.engine.engine, first.context, {
          threads: this.#sizing.threadsPerSlot,
          signal: this.#ending.signal,
        });
      }
      const newSeat = () => this.#generations.buildSeat(first);
      await this.#slots.resize(1, newSeat, this.#ending.signal);
      const { slots } = this.#sizing;
      const { stateBytes } = this.#generations;
      await this.#slots.resize(
        given ?? slotsWithinMemory(slots, stateBytes, freeBytes(await first.context.memory())),
        newSeat,
        this.#ending.signal,
      );
      this.#health = await this.#healthOf(first);
    } finally {
      await first.release();
    }
    this.#ending.signal.throwIfAborted();
    // An open pool keeps the process alive, as a server does.
    this.#alive = setInterval(() => {}, MAX_TIMER_MS);
    this.#trigger.check();
    this.#sizing = { ...this.#sizing, slots: this.#slots.staying.length };
    warnOfSize(this.#settings, this.info, this.#sizing, this.#cores);
    announce(this.#settings, this.info, this.#sizing, this.#resetCosts?.method);
  }

  #healthOf(first: ContextGeneration): Promise<PoolHealth | undefined> {
    const { reset } = this.#settings;
    return PoolHealth.start(this.#settings, first, {
      threadsPerSlot: this.#sizing.threadsPerSlot,
      stateMs: this.#resetCosts?.newStateMs,
      // A state that is as new for each job can hold no fault.
      lowestRung: reset === "every-job" ? "context" : "state",
      topRung: this.#host.topRung,
      slots: () => this.#slots.staying,
      newest: () => this.#recycler.newest,
      recycle: (request) => this.#recycler.recycle(request),
      signal: this.#ending.signal,
      emit: this.#emit,
      track: (work) => void this.#track(work),
    });
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
    if (report === undefined) {
      // Before the slot lets go of it: a job is always somewhere.
      this.#monitor.interruptions += 1;
      this.#dispatcher.addAgain(job);
      return;
    }
    if (job.status === "completed") this.#reviver.jobCompleted();
    this.#track(
      report.then((done) => {
        const epoch = this.#generations.epoch;
        if (done.place?.memory.after) context.memory.add(done.place.memory.after, epoch);
        this.#monitor.report(job, done);
        if (this.#state === "open") this.#health?.observe(job, done);
        this.#trigger.check();
      }),
    );
  }

  readonly #emit = <Name extends keyof PoolEvents>(name: Name, ...args: PoolEvents[Name]): void => {
    callOutside(() => (this as EventEmitter).emit(name, ...args));
  };

  #engineDied(engine: EngineGeneration, error: WhisperEngineError): void {
    if (this.#ending.signal.aborted) return;
    const lost = this.#dispatcher.slots.filter(({ seat }) => seat.context.engine === engine);
    this.#monitor.crashed({
      engineGeneration: engine.generation,
      pid: engine.engine.pid,
      error,
      slots: lost.map(({ index }) => index),
      jobs: lost.flatMap(({ job }) => (job && !job.ended ? [job.id] : [])),
    });
    this.#reviver.engineDied();
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
    if (this.#state !== "open") throw this.#notOpen();
  }

  #notOpen(): WhisperPoolError {
    return this.#state === "failed"
      ? this.#failedError()
      : new WhisperPoolError(
          "ERR_WHISPER_POOL_CLOSED",
          `the pool is ${this.#state}; make a new one`,
        );
  }

  #failedError(): WhisperPoolError {
    const cause = this.#failure;
    const message = `the pool has failed: ${cause?.message}; make a new one`;
    return new WhisperPoolError("ERR_WHISPER_POOL_FAILED", message, { cause });
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
    this.#dispatcher.stop();
    const left = new Set([...this.#dispatcher.waiting, ...this.#dispatcher.running]);
    this.#cutOff = left.size;
    for (const job of left) {
      if (this.#failure) job.fail(this.#failedError());
      else job.fail(closedError(), "cancelled");
    }
    await Promise.all([this.#slots.end(), this.#recycler.quiet()]);
    await this.#slots.end(); // what a recycle or a resize has added at the last moment
    while (this.#retiring.size > 0) await Promise.all(this.#retiring);
    clearInterval(this.#alive);
  }
}

function closedError(): WhisperPoolError {
  const message = "the pool was closed before the job was done";
  return new WhisperPoolError("ERR_WHISPER_POOL_CLOSED", message);
}
