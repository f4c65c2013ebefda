import type { Control } from "./control.js";
import type { Anchor } from "./cost-model.js";
import type { ResetCause } from "./decision.js";
import { type FaultShape, faultShapes } from "./fault-shape.js";
import { CHANNEL_NOISE, type Job } from "./job.js";
import type { HealthParameters } from "./parameters.js";
import type { Rung } from "./sample.js";
import { Sprt } from "./sprt.js";
import type { Suspicion } from "./unit.js";

export type Verdict =
  | "helped"
  | "not-helped"
  /** The slowdown ended for units that weren't reset, too. */
  | "ended";

/** Orders back per unit from which a peer that was reset is no control any more. */
const RESET_LATELY = 3;
/** Peers below this share of the level that they had aren't slow any more. */
const ENDED_SHARE = 0.5;

/** What earlier verdicts taught: log odds that this rung doesn't help, and the usual creep per job, 0 if none. */
export interface Experience {
  readonly odds: number;
  readonly creep: number;
}

/** A reset that was made. */
export interface Trial {
  readonly rung: Rung;
  readonly cause: ResetCause;
  readonly suspicion: Suspicion;
  /** Jobs that the unit had run since the reset before. */
  readonly age: number;
  /** Order of the sample after which it was made, and how many units there are. */
  readonly order: number;
  readonly units: number;
}

/** One reset being judged by the jobs after it. */
export class Verification {
  readonly trial: Trial;
  /** Jobs after the reset: all, and those that may become anchors. */
  readonly jobs: Job[] = [];
  readonly anchors: { readonly job: Job; readonly anchor: Anchor }[] = [];
  readonly #sprt: Sprt;
  #peers = Number.NaN;

  constructor(trial: Trial, sigma: number, known: Experience, parameters: HealthParameters) {
    this.trial = trial;
    const limits = {
      bound: parameters.verdictBound,
      leastJobs: parameters.verdictLeastJobs,
      mostJobs: parameters.verdictMostJobs,
    };
    this.#sprt = new Sprt(shapesOf(trial.suspicion, sigma, known.creep), limits, known.odds);
  }

  get cause(): ResetCause {
    return this.trial.cause;
  }

  get suspicion(): Suspicion {
    return this.trial.suspicion;
  }

  get n(): number {
    return this.#sprt.n;
  }

  get llr(): number {
    return this.#sprt.llr;
  }

  /** Growth of the slowdown's factor per job; 0 for a step. */
  get slope(): number {
    return this.#sprt.slope;
  }

  add(job: Job, control: Control, sigma: number): Verdict | undefined {
    this.jobs.push(job);
    const { order, units } = this.trial;
    const { channel } = this.suspicion;
    const now = control.at(job.order, job.unit, channel, order - RESET_LATELY * units);
    this.#peers = now.peers;
    const level = control.levelOf(job, channel) - this.#normal(now.level, now.peers, now.machine);
    const noise = sigma * CHANNEL_NOISE[channel] * control.noise;
    const helped = this.#sprt.add(level, job.sinceReset, noise);
    if (helped === undefined) return undefined;
    if (helped && this.#endedForAll()) return "ended";
    return helped ? "helped" : "not-helped";
  }

  /** The level that a cured unit would have now. */
  #normal(level: number, peers: number, machine: number): number {
    const { common, byMachine, controlLevel } = this.suspicion;
    if (common && byMachine) return Number.isNaN(machine) ? controlLevel : machine;
    // Peers that weren't reset are as slow as this one was.
    if (common) return Number.isNaN(peers) ? 0 : peers - this.suspicion.level;
    return Number.isNaN(level) ? controlLevel : level;
  }

  #endedForAll(): boolean {
    const { common, peers } = this.suspicion;
    return common && this.#peers < ENDED_SHARE * peers;
  }
}

/** Peers that go on ageing are a control that has the growth in it: then only the level counts. */
function shapesOf(suspicion: Suspicion, sigma: number, creep: number): FaultShape[] {
  const { common, byMachine, level, before, channel } = suspicion;
  if (common && !byMachine) return [{ level, slope: 0, logWeight: 0 }];
  return faultShapes(before(), sigma * CHANNEL_NOISE[channel], creep);
}
