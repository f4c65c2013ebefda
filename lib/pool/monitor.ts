import type { MemorySample, Rung } from "../engine/engine.js";
import { usedBytes } from "../engine/memory.js";
import { crashLine } from "../telemetry/crash-line.js";
import { jobLine } from "../telemetry/job-line.js";
import { type Logger, log } from "../telemetry/logger.js";
import { recycleLine } from "../telemetry/recycle-line.js";
import type { CrashReport } from "./crash-report.js";
import type { PoolEvents } from "./events.js";
import { GrowthTrend } from "./growth-trend.js";
import type { Job } from "./job.js";
import type { JobPlace, JobReport } from "./job-report.js";
import type { JobOutcome } from "./job-types.js";
import { Distribution } from "./quantiles.js";
import type { RecycleReason } from "./recycle-policy.js";
import type { RecycleReport } from "./recycle-report.js";

type Emit = <Name extends keyof PoolEvents>(name: Name, ...args: PoolEvents[Name]) => void;

/** More than ever live at the same time, but for moments. */
const ENGINES_REMEMBERED = 4;

/** Watches what a pool does: counts, quantiles, memory; log lines and events. */
export class Monitor {
  accepted = 0;
  readonly refused = { queueFull: 0, notOpen: 0, invalid: 0 };
  resets = 0;
  memory: MemorySample | undefined;
  readonly outcomes: Record<JobOutcome, number> = {
    ...{ completed: 0, failed: 0, cancelled: 0, "timed-out": 0 },
  };
  readonly recycles: Record<Rung, number> = { state: 0, context: 0, process: 0 };
  readonly recycleReasons: Record<RecycleReason, number> = {
    ...{
      "max-jobs": 0,
      "max-age": 0,
      "max-growth": 0,
      manual: 0,
      regression: 0,
      preventive: 0,
      crash: 0,
    },
  };
  recyclesFailed = 0;
  recyclesSkipped = 0;
  crashes = 0;
  interruptions = 0;

  readonly #logger: Logger | undefined;
  readonly #emit: Emit;
  readonly #queueMs = new Distribution(1e-3);
  readonly #runMs = new Distribution(1e-3);
  readonly #totalMs = new Distribution(1e-3);
  readonly #rtf = new Distribution(1e-6);
  /** By the generation of the engine, each a process: one that is new grows to its size, which is no leak of the last. */
  readonly #rssTrends = new Map<number, GrowthTrend>();
  readonly #gpuTrend = new GrowthTrend();

  constructor(logger: Logger | undefined, emit: Emit) {
    this.#logger = logger;
    this.#emit = emit;
  }

  get quantiles() {
    return {
      queueMs: this.#queueMs.quantiles,
      runMs: this.#runMs.quantiles,
      totalMs: this.#totalMs.quantiles,
      rtf: this.#rtf.quantiles,
    };
  }

  /** A job that wasn't accepted. */
  refuse({ error }: Job): void {
    const code = error?.code;
    const notOpen = code === "ERR_WHISPER_POOL_CLOSED" || code === "ERR_WHISPER_POOL_FAILED";
    this.refused[
      code === "ERR_WHISPER_QUEUE_FULL" ? "queueFull" : notOpen ? "notOpen" : "invalid"
    ] += 1;
  }

  /** At once when a job has ended. */
  count(job: Job): void {
    this.outcomes[job.status as JobOutcome] += 1;
    const { timing, rtf } = job;
    if (!timing) return;
    this.#queueMs.add(timing.queueMs);
    this.#runMs.add(timing.wallMs);
    this.#totalMs.add(timing.totalMs);
    if (rtf !== undefined) this.#rtf.add(rtf);
  }

  /** When the memory after it is known, too. */
  report(job: Job, report: JobReport): void {
    job.report(report);
    log(this.#logger, "debug", () => jobLine(report), `job ${report.outcome}`);
    this.#emit("job", report);
    const { place } = report;
    if (place?.memory.after) this.#watchMemory(place.memory.after, place);
  }

  #watchMemory(sample: MemorySample, { generation, engineGeneration }: JobPlace): void {
    this.memory = sample;
    const { rssBytes, gpu } = sample;
    this.#watchGrowth("rss", this.#rssTrendOf(engineGeneration), rssBytes, generation);
    if (gpu) this.#watchGrowth("gpu", this.#gpuTrend, usedBytes(gpu), generation);
  }

  #rssTrendOf(engineGeneration: number): GrowthTrend {
    const trend = this.#rssTrends.get(engineGeneration) ?? new GrowthTrend();
    this.#rssTrends.set(engineGeneration, trend);
    if (this.#rssTrends.size > ENGINES_REMEMBERED) {
      this.#rssTrends.delete(Math.min(...this.#rssTrends.keys()));
    }
    return trend;
  }

  #watchGrowth(memory: "rss" | "gpu", trend: GrowthTrend, bytes: number, generation: number): void {
    const found = trend.add(bytes);
    if (!found) return;
    const report = { ...found, memory, generation, bytes };
    const fields = () => ({
      ...{ memory, generation, bytes, z: found.z, jobs: found.jobs },
      bytes_per_job: Math.round(found.bytesPerJob),
      bytes_per_job_low: Math.round(found.low),
      bytes_per_job_high: Math.round(found.high),
    });
    log(this.#logger, "warn", fields, `${memory} grows with the number of jobs: is there a leak?`);
    this.#emit("growth", report);
  }

  crashed(report: CrashReport): void {
    this.crashes += 1;
    log(this.#logger, "error", () => crashLine(report), "an engine has died; it is being replaced");
    this.#emit("crash", report);
  }

  recycled(report: RecycleReport): void {
    const { outcome, rung, reason } = report;
    if (outcome === "done") {
      this.recycles[rung] += 1;
      this.recycleReasons[reason] += 1;
    } else if (outcome === "failed") {
      this.recyclesFailed += 1;
    } else if (outcome === "skipped") {
      this.recyclesSkipped += 1;
    }
    const asMeant = outcome === "closed" || (outcome === "done" && !report.stopped);
    const level = asMeant && reason !== "crash" ? "info" : "warn";
    log(this.#logger, level, () => recycleLine(report), `recycle of a ${rung}: ${outcome}`);
    this.#emit("recycle", report);
  }
}
