import { Control } from "./control.js";
import { CostModels } from "./cost-models.js";
import type { Job } from "./job.js";
import { Ladder } from "./ladder.js";
import { MachineSignal } from "./machine-signal.js";
import type { HealthMemory } from "./memory.js";
import { Noise } from "./noise.js";
import type { HealthParameters } from "./parameters.js";
import { Preventive } from "./preventive.js";
import { seededRandom } from "./random.js";
import type { TimedJob } from "./report/few-jobs.js";
import type { HealthSample, Rung } from "./sample.js";
import { Unit } from "./unit.js";

/** Mean job time: the share of it that one more job is (an exponentially weighted mean of about 20 jobs). */
const MEAN_SHARE = 0.05;
/** First jobs that are kept: a baseline is there after about as many. */
const FIRST_JOBS = 32;
/** Orders that a window of each unit's jobs spans at most, over the jobs: units aren't equally busy. */
const SPREAD = 4;

/** What the parts of a detector share. */
export class DetectorState {
  readonly parameters: HealthParameters;
  readonly shared: boolean;
  readonly rungs: readonly Rung[];
  readonly units: Unit[] = [];
  readonly models: CostModels;
  readonly noise: Noise;
  readonly machine: MachineSignal;
  readonly control: Control;
  /** For slowdowns of one unit, and for those of what all units share; one and the same where they share nothing. */
  readonly ladders: { readonly own: Ladder; readonly common: Ladder };
  readonly preventive: Preventive;
  /** Whether the baseline was restored. */
  readonly restored: boolean;
  /** Samples seen: the place of the latest one. */
  order = -1;
  meanJobMs = 0;
  /** The first jobs, to have something to say before there is a baseline. */
  readonly firstJobs: TimedJob[] = [];
  /** Common slowdowns aren't acted on before this order, and how often they were given up. */
  commonHoldUntil = 0;
  commonGaveUp = 0;
  /** A canary was cured: there is a fault that units share. */
  commonCured = false;
  /** A preventive reset of what all units share, which the others are to follow. */
  following: { readonly unit: number; readonly rung: Rung } | undefined;

  constructor(
    units: number,
    parameters: HealthParameters,
    facts: {
      shared: boolean;
      rungs: readonly Rung[];
      seed: number;
      memory?: HealthMemory | undefined;
    },
  ) {
    const { shared, rungs, seed, memory } = facts;
    this.parameters = parameters;
    this.shared = shared;
    this.rungs = rungs;
    this.restored = memory !== undefined;
    this.models = new CostModels(parameters);
    for (const { kind, anchors } of memory?.models ?? []) this.models.restore(kind, anchors);
    this.noise = new Noise(parameters, memory?.noise);
    this.machine = new MachineSignal(
      SPREAD * parameters.windowJobs * Math.max(4, units),
      memory?.machineUsual,
    );
    this.control = new Control(this.machine, this.units);
    const own = new Ladder(rungs, memory?.ladders.own);
    this.ladders = { own, common: shared ? new Ladder(rungs, memory?.ladders.common) : own };
    this.preventive = new Preventive(parameters, seededRandom(seed), memory?.cures);
    this.resize(units);
  }

  resize(units: number): void {
    while (this.units.length > units) this.control.forget(this.units.pop()!.index);
    while (this.units.length < units) {
      this.units.push(new Unit(this.units.length, this.parameters.resetsPerHour));
    }
  }

  /** Jobs of all units that are looked back on. */
  get kept(): number {
    return this.parameters.windowJobs * this.units.length;
  }

  /** Jobs of a unit that a slowdown takes that nothing tells from contention: fewer once such a one was cured. */
  get patience(): number {
    const { commonLeastJobs, commonPatienceJobs } = this.parameters;
    return this.commonCured ? commonLeastJobs : commonPatienceJobs;
  }

  /** Lowest rung for a slowdown that all units share: where they share a context, no state is to blame. */
  get leastCommonRung(): Rung {
    const shared = this.shared ? this.rungs.find((rung) => rung !== "state") : undefined;
    return shared ?? this.rungs[0]!;
  }

  /** After a fit: every residual is of the new coefficients. */
  compareAnew(): void {
    const jobs = new Set<Job>(this.control.recent);
    for (const unit of this.units) for (const job of unit.history) jobs.add(job);
    for (const job of jobs) if (job.model.ready) job.compare();
  }

  finished({ audioSeconds, encodeMs, decodeMs }: HealthSample): void {
    if (this.firstJobs.length === FIRST_JOBS) return;
    this.firstJobs.push({ audioSeconds, totalMs: encodeMs + decodeMs });
  }

  timed(job: Job): void {
    this.meanJobMs =
      this.meanJobMs === 0
        ? job.expectedMs
        : (1 - MEAN_SHARE) * this.meanJobMs + MEAN_SHARE * job.expectedMs;
  }

  /** When its next preventive reset is due. */
  planRecycle(unit: Unit): void {
    const { rung } = this.preventive;
    const possible = rung !== undefined && this.rungs.includes(rung);
    unit.recycleAt = possible
      ? this.preventive.plan(this.parameters.costMs, this.meanJobMs)
      : undefined;
  }
}
