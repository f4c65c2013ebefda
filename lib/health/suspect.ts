import { median } from "simple-statistics";
import type { Control, ControlLevel } from "./control.js";
import type { Evidence } from "./decision.js";
import { excessMs, jobsEvidence } from "./evidence.js";
import { medianOfLast, type SlowRun, slowRun, standardisedSum } from "./glr.js";
import { CHANNEL_NOISE, CHANNELS, type Channel } from "./job.js";
import type { HealthParameters } from "./parameters.js";
import type { Suspicion, Unit } from "./unit.js";

/** Latest jobs that have to be slow still, and at least by this share. */
const LATEST = 4;
const STILL = 0.5;
/** Share of a unit's slowdown from which its peers are slow as well. */
const PEERS_SHARE = 0.5;
/** Of a slowdown that all units share without a break, at most this share of the jobs is fast. */
const BREAKS = 0.15;

/** What the search for slow units needs. */
export interface Scene {
  readonly parameters: HealthParameters;
  readonly control: Control;
  readonly sigma: number;
  readonly units: number;
  /** Jobs without a break that a slowdown takes that nothing tells from contention. */
  readonly patience: number;
}

/** Finds whether a unit is slow against its baseline and against its control. */
export class Suspect {
  #levels = new Float64Array(0);

  of(unit: Unit, scene: Scene): Suspicion | undefined {
    const { history } = unit;
    if (this.#levels.length < history.length) this.#levels = new Float64Array(2 * history.length);
    let best: Suspicion | undefined;
    for (const channel of CHANNELS) {
      for (let index = 0; index < history.length; index++) {
        this.#levels[index] = scene.control.levelOf(history[index]!, channel);
      }
      const found = this.#onChannel(unit, channel, scene);
      if (found && (!best || plainness(found) > plainness(best))) best = found;
    }
    return best;
  }

  #onChannel(unit: Unit, channel: Channel, scene: Scene): Suspicion | undefined {
    const { parameters: p, control } = scene;
    const { history } = unit;
    const levels = this.#levels;
    const count = history.length;
    const solo = scene.units === 1;
    const leastEffect = solo ? p.soloEffect : p.leastEffect;
    const sigma = scene.sigma * CHANNEL_NOISE[channel];
    const run = slowRun(levels, count, sigma, {
      leastJobs: solo ? p.soloLeastJobs : p.leastJobs,
      threshold: solo ? p.soloThreshold : p.threshold,
      leastEffect,
      clipSigmas: p.clipSigmas,
    });
    if (!run) return undefined;
    const n = run.shortest;
    const effect = medianOfLast(levels, count, n);
    const latest = medianOfLast(levels, count, Math.min(LATEST, n));
    if (latest < STILL * effect) return undefined;

    const controls = history.slice(-n).map((job) => control.at(job.order, unit.index, channel));
    const against = difference(levels, count, controls);
    const byMachine = known(controls, "machine");
    const own = { level: effect, latest, specific: true };
    if (against.length >= Math.max(1, n >> 1)) {
      own.level = median(against);
      own.latest = median(against.slice(-LATEST));
      const z = standardisedSum(against, sigma * control.noise, p.clipSigmas);
      own.specific =
        z > p.controlThreshold && own.level > Math.max(leastEffect, p.controlShare * effect);
    }
    if (own.latest < STILL * own.level) return undefined;

    const peers = peersAgainstMachine(controls);
    const shared = own.specific && peers >= PEERS_SHARE * own.level;
    if ((shared || solo) && byMachine && own.level < p.commonShare * effect) return undefined;
    const blind = !byMachine && (solo || !own.specific);
    if (!own.specific && (solo || byMachine)) return undefined; // contention
    if (!own.specific && effect < p.commonEffect) return undefined;
    const unbroken = blind ? scene.patience : shared ? p.commonLeastJobs : 0;
    if (unbroken > 0 && !withoutBreak(levels, count, unbroken, effect)) return undefined;

    const seen: Seen = { channel, run, levels, controls, level: Math.max(own.level, own.latest) };
    return own.specific
      ? this.#specific(unit, control, seen, effect - own.level, shared)
      : this.#common(unit, control, seen);
  }

  /** Slow against its control: by itself, or with all units while the machine is as usual. */
  #specific(unit: Unit, control: Control, seen: Seen, rest: number, common: boolean): Suspicion {
    const { channel, run, controls, level } = seen;
    const { history } = unit;
    const controlLevel = Math.max(0, rest);
    return {
      channel,
      evidence: evidenceOf(unit, run, level),
      level,
      controlLevel,
      peers: peersAgainstMachine(controls),
      common,
      byMachine: known(controls, "machine"),
      excessMs: excessMs(unit, control, run.longest, controlLevel),
      before: () =>
        history.map((job) => {
          const at = control.at(job.order, unit.index, channel).level;
          const normal = Number.isNaN(at) ? controlLevel : at;
          return { ordinal: job.ordinal, level: control.levelOf(job, channel) - normal };
        }),
    };
  }

  /** As slow as its peers, for longer than contention would last. Undefined: no peer ran meanwhile that could say so. */
  #common(unit: Unit, control: Control, seen: Seen): Suspicion | undefined {
    const { channel, run, levels, controls } = seen;
    const { history } = unit;
    const latest = medianOfLast(levels, history.length, Math.min(LATEST, history.length));
    const level = Math.max(medianOfLast(levels, history.length, run.longest), latest);
    const peers = controls.map((at) => at.peers).filter((at) => !Number.isNaN(at));
    if (peers.length === 0) return undefined;
    return {
      channel,
      evidence: evidenceOf(unit, run, level),
      level,
      controlLevel: 0,
      peers: median(peers),
      common: true,
      byMachine: false,
      excessMs: excessMs(unit, control, run.longest, 0),
      before: () =>
        history.map((job) => ({ ordinal: job.ordinal, level: control.levelOf(job, channel) })),
    };
  }
}

/** Level in units of the channel's noise: a verdict is soonest and safest where the fault is plainest. */
function plainness({ level, channel }: Suspicion): number {
  return level / CHANNEL_NOISE[channel];
}

/** A run of slow jobs on a channel, with the control at each of the shortest. */
interface Seen {
  readonly channel: Channel;
  readonly run: SlowRun;
  readonly levels: Float64Array;
  readonly controls: readonly ControlLevel[];
  readonly level: number;
}

function evidenceOf(unit: Unit, { shortest, z }: SlowRun, level: number): Evidence {
  const jobs = unit.history.slice(-shortest);
  return { effect: Math.exp(level), z, n: shortest, ...jobsEvidence(jobs) };
}

function difference(
  levels: Float64Array,
  count: number,
  controls: readonly ControlLevel[],
): number[] {
  const first = count - controls.length;
  return controls
    .map(({ level }, index) => levels[first + index]! - level)
    .filter((level) => !Number.isNaN(level));
}

function known(controls: readonly ControlLevel[], which: "peers" | "machine"): boolean {
  return 2 * controls.filter((at) => !Number.isNaN(at[which])).length >= controls.length;
}

/** How slow the peers are where the machine isn't; NaN: unknown. */
function peersAgainstMachine(controls: readonly ControlLevel[]): number {
  const levels = controls
    .map(({ peers, machine }) => peers - machine)
    .filter((level) => !Number.isNaN(level));
  return 2 * levels.length >= controls.length && levels.length > 0 ? median(levels) : Number.NaN;
}

/** Slow all along, not in two bursts. */
function withoutBreak(levels: Float64Array, count: number, jobs: number, effect: number): boolean {
  if (count < jobs) return false;
  const sorted = levels.slice(count - jobs, count).sort();
  return sorted[Math.floor(BREAKS * jobs)]! >= STILL * effect;
}
