import { median } from "simple-statistics";
import type { GaveUpDecision } from "./decision.js";
import type { DetectorState } from "./detector-state.js";
import { jobsEvidence } from "./evidence.js";
import { CHANNELS, type Channel, type Job } from "./job.js";
import type { Unit } from "./unit.js";
import { machineIsSlower } from "./words.js";

/** Jobs whose median has to be below what is normal by this level until normal follows down. */
const POOL_JOBS = 12;
const UNIT_JOBS = 8;
const DOWN = 0.1;
/** Jobs of the pool until a faster machine than the baseline's is the new normal: it was learned in a slow hour. */
const FASTER_JOBS = 48;
/** Share of a slowdown that the machine's signal has to have for it to be the machine's. */
const MACHINE_SHARE = 0.4;
/** At most this share of the jobs is fast in a slowdown without a break. */
const BREAKS = 0.15;
const STILL = 0.5;
/** It is looked for after every so many jobs. */
const EVERY = 4;

/**
 * Absorbed slowdowns end, and then what is normal follows down at once. It also follows to a machine that is faster than it
 * was for the baseline, but slowly.
 */
export function followDown(state: DetectorState, unit: Unit): void {
  const { control } = state;
  if (unit.isSlowForGood && unit.history.length >= UNIT_JOBS) {
    const jobs = unit.history.slice(-UNIT_JOBS);
    for (const channel of CHANNELS) {
      const level = levels(state, jobs, channel);
      if (level < -DOWN) unit.absorbed[channel] = Math.max(0, unit.absorbed[channel] + level);
    }
  }
  const jobs = control.absorbed > 0 ? POOL_JOBS : FASTER_JOBS;
  const { recent } = control;
  if (recent.length < jobs || state.order % EVERY !== 0) return;
  const latest = recent.slice(-jobs);
  const below = latest.filter((job) => control.levelOf(job, "total") < -DOWN).length;
  if (2 * below <= jobs) return;
  const level = levels(state, latest);
  shift(state, control.absorbed > 0 ? Math.max(-control.absorbed, level) : level);
}

/**
 * A slowdown that all units share with the machine is contention, and no reset helps. One that outlasts every burst is the
 * new normal.
 */
export function machineSlower(state: DetectorState): GaveUpDecision | undefined {
  const { control, machine, parameters } = state;
  const { machinePatienceJobs: patience, commonEffect } = parameters;
  if (state.order % EVERY !== 0 || control.recent.length < patience) return undefined;
  const jobs = control.recent.slice(-patience);
  const isFast = (job: Job) => control.levelOf(job, "total") < STILL * commonEffect;
  if (jobs.filter(isFast).length > BREAKS * patience) return undefined;
  const level = levels(state, jobs);
  if (level < commonEffect) return undefined;
  const own = jobs.map((job) => control.levelOf(job, "total")).sort((a, b) => a - b);
  if (own[Math.floor(BREAKS * own.length)]! < STILL * level) return undefined;
  const signal = jobs.map(({ order }) => machine.level(order)).filter((at) => !Number.isNaN(at));
  if (2 * signal.length < jobs.length || median(signal) < MACHINE_SHARE * level) return undefined;
  const effect = Math.exp(level);
  const z = (level * Math.sqrt(jobs.length)) / state.noise.sigma;
  const evidence = { effect, z, n: jobs.length, ...jobsEvidence(jobs) };
  shift(state, level);
  return { type: "gave-up", unit: undefined, ...evidence, text: machineIsSlower(effect) };
}

/** What is normal for all units moves by `level`, and what is usual for the machine by its part of it. */
export function shift(state: DetectorState, level: number): void {
  const { control, machine } = state;
  const signal = control.recent
    .slice(-POOL_JOBS)
    .map(({ order }) => machine.level(order))
    .filter((at) => !Number.isNaN(at));
  const part = signal.length > 0 ? median(signal) : 0;
  machine.absorbed +=
    level > 0 ? Math.max(0, Math.min(part, level)) : Math.min(0, Math.max(part, level));
  control.absorbed += level;
  control.clear();
  for (const unit of state.units) unit.history = [];
}

function levels(state: DetectorState, jobs: readonly Job[], channel: Channel = "total"): number {
  return median(jobs.map((job) => state.control.levelOf(job, channel)));
}
