import { delay } from "../../delay.js";
import type { Rung } from "../../engine/engine.js";
import type { ConfirmDecision, Decision, ResetDecision } from "../../health/decision.js";
import type { Detector } from "../../health/detector.js";
import { fromNative } from "../../native/errors.js";
import type { ContextGeneration } from "../generation.js";
import type { Job } from "../job.js";
import type { JobPlace, JobReport } from "../job-report.js";
import type { RecycleReport } from "../recycle-report.js";
import type { RecycleRequest } from "../recycler.js";
import type { Slot } from "../slot.js";
import type { CanaryClip } from "./canary-clip.js";
import { sampleOf } from "./job-sample.js";

export interface WatchedPool {
  /** Those that stay. */
  slots(): readonly Slot[];
  /** The newest context that slots are on, or are being moved to. */
  newest(): ContextGeneration;
  recycle(request: RecycleRequest): Promise<RecycleReport>;
  /** Aborts when the pool ends. */
  readonly signal: AbortSignal;
  /** Before it is acted upon. */
  decided(decision: Decision): void;
  /** Waits for it at the pool's end; it may reject. */
  track(work: Promise<void>): void;
}

/** An experiment whose verdict has led to nothing more in so many jobs of the pool is over. */
const QUIET_JOBS = 64;

/** Between two looks at a slot that is about to be idle, in ms. */
const CLEANING_MS = 10;
/** Jobs after which a slot is looked at for whether it is idle. */
const LOOKS = 4;

/** What is known of a slot. */
interface Watched {
  /** Where its last job ran. */
  generation: number;
  engineGeneration: number;
  /** Of the state that the last reset gave it; later ones are higher. */
  stateGeneration: number;
  /** Jobs since its last reset at any rung. */
  sinceReset: number;
  /** A reset that the detector has asked for is under way. */
  busy: boolean;
  /** What waits for the end of a job. */
  afterJob: (() => void) | undefined;
}

/** Shows the detector every job, and carries out what it decides. */
export class HealthWatch {
  readonly #detector: Detector;
  readonly #clip: CanaryClip | undefined;
  readonly #pool: WatchedPool;
  readonly #gpu: boolean;
  readonly #slots = new Map<number, Watched>();
  /** Units that the detector knows. */
  #units: number;
  /** Jobs that weren't judged, as they had waited for processors for too long. */
  waited = 0;
  #seq = 0;
  /** Jobs since the last decision. */
  #quietJobs = 0;

  /** Without a clip, the detector must not ask for confirmations. */
  constructor(detector: Detector, clip: CanaryClip | undefined, pool: WatchedPool) {
    this.#detector = detector;
    this.#clip = clip;
    this.#pool = pool;
    this.#units = pool.slots().length;
    this.#gpu = pool.newest().context.info.device.gpu;
  }

  /** After each job. */
  observe(job: Job, report: JobReport): void {
    const { place } = report;
    const slot = place && this.#slot(place.slot);
    if (!slot) return; // it has left
    if (slot.index >= this.#units) this.resized();
    const watched = this.#watched(slot);
    this.#noteMoves(watched, place);
    // Its report comes after the reset that its slot has had since: it tells of what is gone.
    if (place.stateGeneration < watched.stateGeneration) return;
    const { afterJob } = watched;
    watched.afterJob = undefined;
    afterJob?.();
    const sample = sampleOf(report, job.options, {
      seq: this.#seq,
      atMs: performance.now(),
      sinceReset: watched.sinceReset,
      gpu: this.#gpu,
    });
    if (!sample) return;
    if (sample === "waited") {
      this.waited += 1;
      watched.sinceReset += 1;
      return;
    }
    this.#seq += 1;
    watched.sinceReset += 1;
    this.#quietJobs += 1;
    this.#carryOut(this.#detector.observe(sample));
    if (this.#quietJobs === QUIET_JOBS) this.#pool.track(this.#reunite());
  }

  /** States that something else has replaced; contexts and engines show in where jobs run. */
  recycled({ rung, slots }: RecycleReport): void {
    if (rung !== "state") return;
    for (const slot of slots) this.#replaced(slot, rung);
  }

  /** The pool has other slots now. */
  resized(): void {
    const indexes = this.#pool.slots().map(({ index }) => index);
    if (indexes.length === 0) return; // the pool's end
    this.#units = Math.max(...indexes) + 1;
    this.#detector.resize(this.#units);
    for (const index of this.#slots.keys()) if (index >= this.#units) this.#slots.delete(index);
  }

  #watched(slot: Slot): Watched {
    const known = this.#slots.get(slot.index);
    if (known) return known;
    const watched = { ...placeOf(slot), sinceReset: 0, busy: false, afterJob: undefined };
    this.#slots.set(slot.index, watched);
    return watched;
  }

  #noteMoves(
    watched: Watched,
    { slot, generation, engineGeneration, stateGeneration }: JobPlace,
  ): void {
    if (generation <= watched.generation) return;
    this.#replaced(slot, engineGeneration === watched.engineGeneration ? "context" : "process");
    Object.assign(watched, { generation, engineGeneration, stateGeneration });
  }

  /** By somebody else; what the detector has asked for, it is told when that is done. */
  #replaced(index: number, rung: Rung): void {
    const watched = this.#slots.get(index);
    if (!watched || watched.busy) return;
    watched.sinceReset = 0;
    this.#detector.replaced(index, rung);
  }

  #carryOut(decisions: readonly Decision[]): void {
    if (decisions.length > 0) this.#quietJobs = 0;
    for (const decision of decisions) {
      this.#pool.decided(decision);
      if (decision.type === "reset") this.#pool.track(this.#reset(decision));
      else if (decision.type === "confirm") this.#pool.track(this.#confirm(decision));
    }
    const ended = decisions.some(
      (decision) =>
        decision.type === "gave-up" || (decision.type === "verified" && decision.helped),
    );
    if (ended) this.#pool.track(this.#reunite());
  }

  async #reset({ unit, rung, cause }: ResetDecision): Promise<void> {
    const slot = this.#slot(unit);
    if (!slot) {
      this.#notReset(unit, "the slot has left the pool");
      return;
    }
    const watched = this.#watched(slot);
    watched.busy = true;
    try {
      const { slots, outcome } = await this.#pool.recycle({
        ...{ rung, slots: [slot] },
        reason: cause === "preventive" ? "preventive" : "regression",
        onto: rung !== "state" && this.#isBehind(slot) ? "newest" : "new",
      });
      watched.busy = false;
      if (!slots.includes(unit)) {
        const why =
          outcome === "skipped" ? "memory has no room for a second context" : "it had no turn";
        this.#notReset(unit, why);
        return;
      }
      if (this.#slots.get(unit) !== watched) return; // it has left since
      Object.assign(watched, placeOf(slot), { sinceReset: 0 });
      this.#detector.wasReset(unit, rung);
    } catch (error) {
      watched.busy = false;
      if (this.#pool.signal.aborted) return;
      this.#notReset(unit, fromNative(error).message); // the recycle has been reported
    }
  }

  #notReset(unit: number, why: string): void {
    if (unit < this.#units) this.#detector.notReset(unit, why);
  }

  /** Jobs must not wait for a clip: a slot that isn't idle after this job, or one of the next, goes without. */
  async #confirm(decision: ConfirmDecision, looks = 1): Promise<void> {
    const { unit, effect } = decision;
    const { signal } = this.#pool;
    const slot = this.#slot(unit);
    while (slot?.status === "cleaning" && !signal.aborted) {
      await delay(CLEANING_MS, signal).catch(() => {}); // the pool's end
    }
    if (signal.aborted) return;
    let slow: boolean | undefined;
    if (slot?.status === "idle") {
      // A context that can't be asked is judged by its jobs.
      slow = await this.#clip?.isSlow(slot.seat.context, effect, signal).catch(() => undefined);
    } else if (slot && looks < LOOKS) {
      this.#watched(slot).afterJob = () => this.#pool.track(this.#confirm(decision, looks + 1));
      return;
    }
    if (signal.aborted || unit >= this.#units) return;
    this.#carryOut(this.#detector.confirmed(unit, slow));
  }

  /**
   * When an experiment is over, nobody needs two contexts: those that stayed behind follow. Had they been cured, they need it as
   * well; had nothing helped, the newer one is as good.
   */
  async #reunite(): Promise<void> {
    if (this.#pool.signal.aborted) return;
    const behind = this.#pool.slots().some((slot) => this.#isBehind(slot));
    const busy = [...this.#slots.values()].some((watched) => watched.busy);
    if (!behind || busy) return;
    await this.#pool
      .recycle({ rung: "context", reason: "regression", onto: "newest" })
      .catch(() => {});
  }

  #slot(unit: number): Slot | undefined {
    return this.#pool.slots().find(({ index }) => index === unit);
  }

  #isBehind({ seat }: Slot): boolean {
    return seat.context.generation < this.#pool.newest().generation;
  }
}

function placeOf({ seat }: Slot) {
  const { context, generation: stateGeneration } = seat;
  return {
    stateGeneration,
    generation: context.generation,
    engineGeneration: context.engine.generation,
  };
}
