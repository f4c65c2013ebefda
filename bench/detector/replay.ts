import { median } from "simple-statistics";
import type { Rung } from "../../lib/health/sample.js";
import type { ScoredDecision, Watcher } from "./contender.js";
import { percentile } from "./percentile.js";
import { cures, SimulatedPool } from "./simulated-pool.js";
import type { Fault, Stream } from "./stream.js";

/** What became of one stream. Delays are jobs of the unit from the fault's onset. */
export interface StreamScore {
  readonly jobs: number;
  /** Resets by what they met with: nothing to cure, something they can't cure, something they cured ... */
  readonly falseResets: number;
  readonly futileResets: number;
  readonly curingResets: number;
  /** ... and those before anything is slow, whatever they met with. */
  readonly preventiveResets: number;
  readonly gaveUp: number;
  /** Faults with at least 30 jobs after the onset, and those of them that no reset was made for. */
  readonly faults: number;
  readonly missed: number;
  readonly delays: readonly number[];
  /** Those faults that some reset cures, and those of them that weren't cured. */
  readonly curable: number;
  readonly uncured: number;
  readonly cureDelays: readonly number[];
  /** Extra time that units spent on jobs and resets, as a share of the same jobs' time without faults and resets. */
  readonly lost: number;
  /** Quantiles of latency (arrival to end), relative to the same jobs without faults and resets. */
  readonly p50: number;
  readonly p99: number;
}

/** Jobs after a fault's onset that a detector must be given before it can have missed it. */
const LEAST_JOBS_TO_NOTICE = 30;
/** A unit that is slow by less than this isn't worth a reset. */
const LEAST_SLOWDOWN = 1.05;

/** Runs a stream under the decisions of a detector. */
export function replay(stream: Stream, watcher: Watcher): StreamScore {
  const pool = new SimulatedPool(stream);
  const tally = new Tally(stream, pool);
  const latencies: number[] = [];
  let serviceMs = 0;
  for (const job of stream.jobs) {
    const finished = pool.run(job);
    latencies.push(finished.latencyMs);
    serviceMs += finished.serviceMs;
    for (const decision of watcher.observe(finished.sample)) tally.add(decision);
  }
  const healthy = withoutFaults(stream);
  return {
    ...tally.totals(),
    lost: (serviceMs + pool.resetMs) / healthy.serviceMs - 1,
    p50: median(latencies) / median(healthy.latencies),
    p99: percentile(latencies, 99) / percentile(healthy.latencies, 99),
  };
}

function withoutFaults(stream: Stream): { latencies: number[]; serviceMs: number } {
  const pool = new SimulatedPool({ ...stream, faults: [] });
  const finished = stream.jobs.map((job) => pool.run(job));
  return {
    latencies: finished.map((job) => job.latencyMs),
    serviceMs: finished.reduce((sum, job) => sum + job.serviceMs, 0),
  };
}

/** Carries decisions out and counts what they met with. */
class Tally {
  readonly #stream: Stream;
  readonly #pool: SimulatedPool;
  readonly #resets = { false: 0, futile: 0, curing: 0, preventive: 0 };
  #gaveUp = 0;
  /** By unit, the jobs from its fault's onset to the first reset, and to the first that cured it. */
  readonly #delays = new Map<number, number>();
  readonly #cureDelays = new Map<number, number>();

  constructor(stream: Stream, pool: SimulatedPool) {
    this.#stream = stream;
    this.#pool = pool;
  }

  add(decision: ScoredDecision): void {
    if (decision.type === "gave-up") this.#gaveUp += 1;
    if (decision.type !== "reset") return;
    const { unit, rung, cause } = decision;
    const jobs = this.#pool.jobsOf(unit);
    this.#resets[this.#reset(unit, rung, cause === "preventive")] += 1;
    const fault = this.#stream.faults.find((fault) => fault.unit === unit && jobs >= fault.onset);
    if (!fault) return;
    const delay = jobs - fault.onset;
    if (!this.#delays.has(unit)) this.#delays.set(unit, delay);
    const cured = this.#pool.curedAt(unit) === jobs;
    if (cured && !this.#cureDelays.has(unit)) this.#cureDelays.set(unit, delay);
  }

  #reset(
    unit: number,
    rung: Rung,
    preventive: boolean,
  ): "false" | "futile" | "curing" | "preventive" {
    const { slowdown, cure } = this.#pool.reset(unit, rung);
    if (preventive) return "preventive";
    if (slowdown < LEAST_SLOWDOWN) return "false";
    return cure !== undefined && cures(rung, cure) ? "curing" : "futile";
  }

  totals(): Omit<StreamScore, "lost" | "p50" | "p99"> {
    const faults = this.#stream.faults.filter(
      ({ unit, onset }) => this.#pool.jobsOf(unit) - onset >= LEAST_JOBS_TO_NOTICE,
    );
    const curable = faults.filter(({ cure }) => cure !== "none");
    const delays = delaysOf(faults, this.#delays);
    const cureDelays = delaysOf(curable, this.#cureDelays);
    return {
      jobs: this.#stream.jobs.length,
      falseResets: this.#resets.false,
      futileResets: this.#resets.futile,
      curingResets: this.#resets.curing,
      preventiveResets: this.#resets.preventive,
      gaveUp: this.#gaveUp,
      faults: faults.length,
      missed: faults.length - delays.length,
      delays,
      curable: curable.length,
      uncured: curable.length - cureDelays.length,
      cureDelays,
    };
  }
}

function delaysOf(faults: readonly Fault[], delays: ReadonlyMap<number, number>): number[] {
  return faults.flatMap(({ unit }) => delays.get(unit) ?? []);
}
