import { RUNGS, type Rung } from "../../engine/rungs.js";
import { Detector, type HealthReport } from "../../health/index.js";
import { log } from "../../telemetry/logger.js";
import type { ContextGeneration } from "../generation.js";
import type { Job } from "../job.js";
import type { JobReport } from "../job-report.js";
import type { RecycleReport } from "../recycle-report.js";
import type { PoolSettings } from "../settings.js";
import { CanaryClip } from "./canary-clip.js";
import { type Emit, tellDecision } from "./decisions.js";
import { HealthWatch, type WatchedPool } from "./health-watch.js";
import { memoryKey, type PoolHealthMemory } from "./memory-key.js";

/** Taken for a new state's cost where no job ever gets one. */
const STATE_MS = 25;

export interface HealthyPool extends Omit<WatchedPool, "decided"> {
  readonly threadsPerSlot: number;
  /** What a new state costs, in ms; undefined if it wasn't measured. */
  readonly stateMs: number | undefined;
  /** What can be replaced. */
  readonly lowestRung: Rung;
  readonly topRung: Rung;
  readonly emit: Emit;
}

/** A pool's judgement of its own latency: the detector, what it is shown, and what is done about it. */
export class PoolHealth {
  readonly #detector: Detector;
  readonly #watch: HealthWatch;
  readonly #key: string;

  private constructor(detector: Detector, watch: HealthWatch, key: string) {
    this.#detector = detector;
    this.#watch = watch;
    this.#key = key;
  }

  /** On the pool's first context, once the slots are there. Undefined if it is switched off. */
  static async start(
    { health, logger }: PoolSettings,
    first: ContextGeneration,
    pool: HealthyPool,
  ): Promise<PoolHealth | undefined> {
    if (!health) return undefined;
    const { threadsPerSlot, lowestRung, topRung, emit, signal } = pool;
    // With DTW a clip would need the whole encoder: on a CPU, seconds.
    const confirm = health.confirm && !first.context.info.dtw;
    const clip = confirm ? new CanaryClip(threadsPerSlot) : undefined;
    await clip?.calibrate(first, signal);
    const key = memoryKey(first.context.info, threadsPerSlot);
    const { memory } = health;
    if (memory && memory.key !== key) {
      const fields = () => ({ memory_key: memory.key, key });
      log(logger, "warn", fields, "the health memory is of something else; it is left aside");
    }
    const detector = new Detector(pool.slots().length, {
      parameters: {
        costMs: costsOf(first, pool.stateMs),
        ...health.parameters,
        confirm: clip !== undefined,
      },
      rungs: RUNGS.slice(RUNGS.indexOf(lowestRung), RUNGS.indexOf(topRung) + 1),
      shared: true,
      memory: memory?.key === key ? memory.detector : undefined,
    });
    const watch = new HealthWatch(detector, clip, {
      ...pool,
      decided: (decision) => tellDecision(decision, logger, emit),
    });
    return new PoolHealth(detector, watch, key);
  }

  observe(job: Job, report: JobReport): void {
    this.#watch.observe(job, report);
  }

  recycled(report: RecycleReport): void {
    this.#watch.recycled(report);
  }

  resized(): void {
    this.#watch.resized();
  }

  report(): HealthReport {
    const report = this.#detector.report();
    const { waited } = this.#watch;
    if (waited === 0) return report;
    const of = `${waited} of ${waited + report.jobs} jobs`;
    const summary = `Not judged, as they waited for processors for too much of their time: ${of}. If that goes on, the machine has too few cores for its load.`;
    return { ...report, summary: [...report.summary, summary] };
  }

  memory(): PoolHealthMemory {
    return { key: this.#key, detector: this.#detector.memory() };
  }
}

/** Of resets, in ms, as they were measured when the pool was made. */
function costsOf(first: ContextGeneration, stateMs = STATE_MS) {
  const context = first.loadMs + first.warmMs + stateMs;
  return { state: stateMs, context, process: first.engine.startMs + context };
}
