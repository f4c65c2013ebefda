import { WhisperArgumentError } from "../errors.js";
import { integer } from "../option-checks.js";
import type { Anchor } from "./cost-model.js";
import type { Decision } from "./decision.js";
import { DetectorState } from "./detector-state.js";
import { followPreventive } from "./followers.js";
import { History } from "./history.js";
import { isTimed, Job } from "./job.js";
import { checkMemory, type HealthMemory, memoryOf } from "./memory.js";
import { followDown, machineSlower } from "./normal.js";
import { type HealthOptions, healthParameters } from "./parameters.js";
import { type HealthReport, reportOf } from "./report/report.js";
import { demand, replaced, taken } from "./resets.js";
import { respond } from "./respond.js";
import { type HealthSample, RUNGS, type Rung } from "./sample.js";
import { Suspect } from "./suspect.js";
import type { Unit } from "./unit.js";
import { conclude } from "./verdicts.js";
import * as words from "./words.js";

export interface DetectorOptions {
  readonly parameters?: HealthOptions | undefined;
  /** Rungs that there are, from the cheapest. Default: all. */
  readonly rungs?: readonly Rung[] | undefined;
  /**
   * The units share a context and an engine: a fault of those is common to all of them, and a reset at those rungs moves one
   * unit alone onto a fresh one. Default: each unit stands alone.
   */
  readonly shared?: boolean | undefined;
  /** What a detector for the same model, options and machine had learned. */
  readonly memory?: HealthMemory | undefined;
  /** Of the spread of preventive resets. Default: 1. */
  readonly seed?: number | undefined;
}

const NONE: readonly Decision[] = [];
/** Of the rest after a reset that could not be done. */
const MOST_DOUBLINGS = 6;
const unitCount = integer(1, 4096);

/**
 * Finds units that have become slower at the same work than they were, and than their peers and the machine account for;
 * says what to reset, and by the jobs after it whether that helped. Pure and synchronous: its time is the samples', its
 * randomness seeded.
 */
export class Detector {
  readonly #state: DetectorState;
  readonly #suspect = new Suspect();
  readonly #history = new History();

  constructor(units: number, options: DetectorOptions = {}) {
    unitCount("units", units);
    const { rungs = RUNGS, shared = false, memory, seed = 1 } = options;
    if (rungs.length === 0 || rungs.some((rung) => !RUNGS.includes(rung))) {
      throw new WhisperArgumentError("rungs", rungs, `some of ${RUNGS.join(", ")}`);
    }
    this.#state = new DetectorState(units, healthParameters(options.parameters), {
      shared,
      rungs: RUNGS.filter((rung) => rungs.includes(rung)),
      seed,
      memory: memory === undefined ? undefined : checkMemory(memory),
    });
  }

  /** One finished job. Jobs come in the order in which they end. */
  observe(sample: HealthSample): readonly Decision[] {
    const state = this.#state;
    const unit = this.#unit(sample.unit);
    state.order += 1;
    unit.jobs += 1;
    state.machine.add(state.order, sample.machine);
    if (!isTimed(sample)) return NONE;
    state.finished(sample);
    if (state.following) return this.#noted(sample, followPreventive(state));
    if (unit.phase === "resetting") return NONE;
    const warm = sample.sinceReset - state.parameters.warmUpJobs[unit.lastRung];
    if (warm < 0) return NONE;
    if (unit.phase === "warming") unit.phase = "healthy";

    const model = state.models.of(sample.kind ?? "");
    const job = new Job(sample, model, state.order, unit.jobs);
    const { anchorJobs, leastAnchors } = state.parameters;
    if (warm < anchorJobs || model.anchors.length < leastAnchors) this.#anchor(unit, job);
    if (!model.ready) return NONE;
    job.compare();
    state.timed(job);
    // First: it may start the histories anew, and this job belongs to the new ones.
    followDown(state, unit);
    const before = unit.latest;
    if (before) state.noise.add(job.total, before.total);
    unit.remember(job, state.parameters.windowJobs);
    state.control.add(job, state.kept);
    return this.#noted(sample, this.#judge(unit, job));
  }

  /** The reset that was asked for has taken effect, at this rung or a higher one. Any other reset is as if `replaced()`. */
  wasReset(unit: number, rung: Rung): void {
    const known = this.#unit(unit);
    const asked = known.phase === "resetting" && this.#state.rungs.includes(rung);
    if (asked) taken(this.#state, known, rung);
    else replaced(this.#state, known, rung);
  }

  /** The reset that was asked for could not be done: it isn't asked for again for a while. */
  notReset(unit: number, why: string): void {
    const known = this.#unit(unit);
    if (known.phase !== "resetting") return;
    const { atMs } = known.latest ?? { atMs: 0 };
    this.#hold(known);
    this.#history.note(atMs, words.notReset(unit, why));
  }

  /** Somebody else has replaced what the unit runs on: what was under way ends without a verdict. */
  replaced(unit: number, rung: Rung): void {
    replaced(this.#state, this.#unit(unit), rung);
  }

  /** What the canary clip said: slow, not slow, or undefined if it could not be run. */
  confirmed(unit: number, slow: boolean | undefined): readonly Decision[] {
    const known = this.#unit(unit);
    const { plan } = known;
    if (known.phase !== "confirming" || !plan) return NONE;
    if (slow === false) {
      this.#hold(known);
      return NONE;
    }
    const decision = demand(known, plan);
    this.#history.add(known.latest?.atMs ?? 0, decision);
    return [decision];
  }

  resize(units: number): void {
    unitCount("units", units);
    this.#state.resize(units);
  }

  memory(): HealthMemory {
    return memoryOf(this.#state);
  }

  report(): HealthReport {
    return reportOf(this.#state, this.#history);
  }

  #judge(unit: Unit, job: Job): readonly Decision[] {
    const state = this.#state;
    const slower = machineSlower(state);
    if (slower) return [slower];
    const { verification } = unit;
    if (verification) {
      const verdict = verification.add(job, state.control, state.noise.sigma);
      if (!verdict) return NONE;
      const decisions = conclude(state, unit, verdict);
      // The evidence still stands: the next rung may be due at once.
      return unit.carried === undefined
        ? decisions
        : decisions.concat(respond(state, unit, job, this.#suspect));
    }
    if (unit.phase === "confirming") return NONE;
    return respond(state, unit, job, this.#suspect);
  }

  /** Its first jobs after a start or a verified cure are the baseline. */
  #anchor(unit: Unit, job: Job): void {
    const state = this.#state;
    const anchor: Anchor = {
      windows: job.windows,
      tokens: job.tokens,
      fallbackTokens: job.fallbackTokens,
      encodeMs: job.encodeMs,
      decodeMs: job.decodeMs,
    };
    if (unit.verification) {
      unit.verification.anchors.push({ job, anchor });
      return;
    }
    if (!unit.clean || unit.isSlowForGood || state.control.absorbed !== 0) return;
    if (state.restored && job.model.ready) return;
    state.machine.anchor(job.order);
    if (job.model.add(anchor)) state.compareAnew();
  }

  /** Longer each time: what can't be done now will hardly be possible in a moment. */
  #hold(unit: Unit): void {
    unit.settle();
    const doublings = Math.min(unit.refusals, MOST_DOUBLINGS);
    unit.refusals += 1;
    unit.holdUntil = unit.jobs + this.#state.parameters.holdJobs * 2 ** doublings;
  }

  #noted(sample: HealthSample, decisions: readonly Decision[]): readonly Decision[] {
    for (const decision of decisions) this.#history.add(sample.atMs, decision);
    return decisions;
  }

  #unit(index: number): Unit {
    const unit = this.#state.units[index];
    if (unit) return unit;
    throw new WhisperArgumentError("unit", index, `one of ${this.#state.units.length}, from 0`);
  }
}
