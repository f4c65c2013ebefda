import { medianOf } from "./glr.js";
import type { Channel, Job } from "./job.js";
import type { MachineSignal } from "./machine-signal.js";
import type { Unit } from "./unit.js";

/** Orders beyond the number of units on each side in which a peer's job is a neighbour: about two of each peer's. */
const BEYOND_UNITS = 2;
/** Fewest peers' jobs that a median is taken of. */
const LEAST_NEIGHBOURS = 2;
/** Peers and machine that differ by less agree, within the noise of both (4 % each, times 3). */
const AGREE = 0.12;
/** Level of the machine's signal that is contention; peers whose level it has this share of feel the same in full. */
const CONTENTION = 0.1;
const CONTENTION_SHARE = 0.4;
/** Variance that a control adds, over a job's own: of the machine's signal, and of peers' medians (pi / 2 over their number). */
const MACHINE_VARIANCE = 0.25;
const MEDIAN_VARIANCE = Math.PI / 2;

/** The levels of a control at one job; NaN where unknown. */
export interface ControlLevel {
  readonly peers: number;
  readonly machine: number;
  readonly level: number;
}

/**
 * What a job would have been slower by anyway: the median of its peers' jobs next to it in time, and the machine's own
 * signal. Where both are known and agree, their mean; otherwise the lower one: peers may share the fault, a signal may
 * exaggerate, and neither makes a unit slow that is not. Except under contention that the signal shows too little of: then it
 * is the peers, who feel it in full.
 */
export class Control {
  readonly #machine: MachineSignal;
  readonly #units: readonly Unit[];
  /** Recent jobs of all units in their order. */
  #recent: Job[] = [];
  #scratch = new Float64Array(64);
  /** Slowdown of all units that is the new normal. */
  absorbed = 0;

  constructor(machine: MachineSignal, units: readonly Unit[]) {
    this.#machine = machine;
    this.#units = units;
  }

  get recent(): readonly Job[] {
    return this.#recent;
  }

  /** @param kept Jobs that are looked back on. */
  add(job: Job, kept: number): void {
    this.#recent.push(job);
    if (this.#recent.length > kept + 64) this.#recent = this.#recent.slice(-kept);
  }

  clear(): void {
    this.#recent = [];
  }

  forget(unit: number): void {
    this.#recent = this.#recent.filter((job) => job.unit !== unit);
  }

  /** Slowdown of a job against its baseline, less what has become normal. */
  levelOf(job: Job, channel: Channel): number {
    return job[channel] - this.absorbed - this.#units[job.unit]!.absorbed[channel];
  }

  /** How much more noise a job has less its control than alone, as a factor. */
  get noise(): number {
    if (this.#machine.known) return Math.sqrt(1 + MACHINE_VARIANCE);
    const peers = this.#units.length - 1;
    return peers > 0 ? Math.sqrt(1 + MEDIAN_VARIANCE / peers) : 1;
  }

  at(
    order: number,
    unit: number,
    channel: Channel,
    notBefore = Number.NEGATIVE_INFINITY,
  ): ControlLevel {
    const peers = this.#peers(order, unit, channel, notBefore);
    const machine = this.#machine.level(order);
    return { peers, machine, level: combined(peers, machine) };
  }

  /** Median level of the peers' jobs around an order; those of peers that were reset since `notBefore` are left out. */
  #peers(order: number, unit: number, channel: Channel, notBefore: number): number {
    if (this.#units.length < 2) return Number.NaN;
    const reach = this.#units.length + BEYOND_UNITS;
    let count = 0;
    for (let index = this.#firstFrom(order - reach); index < this.#recent.length; index++) {
      const job = this.#recent[index]!;
      if (job.order > order + reach || count === this.#scratch.length) break;
      if (job.unit === unit || job.tainted) continue;
      if (this.#units[job.unit]!.resetOrder > notBefore && notBefore > Number.NEGATIVE_INFINITY)
        continue;
      this.#scratch[count++] = this.levelOf(job, channel);
    }
    return count < LEAST_NEIGHBOURS ? Number.NaN : medianOf(this.#scratch, count);
  }

  /** Index of the first recent job from this order on. */
  #firstFrom(order: number): number {
    let low = 0;
    let high = this.#recent.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#recent[middle]!.order < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function combined(peers: number, machine: number): number {
  if (Number.isNaN(peers)) return machine;
  if (Number.isNaN(machine)) return peers;
  if (Math.abs(peers - machine) <= AGREE) return (peers + machine) / 2;
  const feltMore = machine >= CONTENTION && machine >= CONTENTION_SHARE * peers;
  return feltMore ? peers : Math.min(peers, machine);
}
