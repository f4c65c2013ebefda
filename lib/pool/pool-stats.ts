import type { ContextGeneration, EngineGeneration } from "./generation.js";
import type { Job } from "./job.js";
import type { Slot } from "./slot.js";
import type { EngineStats, GenerationStats, QueueStats, SlotStats } from "./stats.js";

// The parts of a snapshot that are read off the pool's pieces.

export function queueStats(waiting: readonly Job[], maxWaiting: number): QueueStats {
  const oldestMs = waiting.reduce((most, { queueMs }) => Math.max(most, queueMs), 0);
  return { waiting: waiting.length, maxWaiting, oldestMs };
}

export function slotStats(slot: Slot): SlotStats {
  const { seat } = slot;
  return {
    slot: slot.index,
    status: slot.status,
    jobId: slot.job?.id,
    jobs: slot.jobs,
    generation: seat.context.generation,
    stateGeneration: seat.generation,
    jobsSinceReset: seat.footprint.jobs,
    stateBytes: slot.status === "empty" ? 0 : seat.state.info.bytes,
  };
}

export function generationStats(slots: readonly Slot[]): GenerationStats[] {
  const users = new Map<ContextGeneration, number[]>();
  for (const { index, seat, status } of slots) {
    if (status === "empty") continue;
    users.set(seat.context, [...(users.get(seat.context) ?? []), index]);
  }
  return [...users].map(([context, indexes]) => ({
    generation: context.generation,
    engineGeneration: context.engine.generation,
    slots: indexes,
    jobs: context.jobs,
    ageMs: performance.now() - context.createdAt,
    loadMs: context.loadMs,
    warmMs: context.warmMs,
    weightsBytes: context.context.info.weightsBytes,
    growth: context.memory.growth,
  }));
}

export function engineStats(slots: readonly Slot[]): EngineStats[] {
  const contexts = new Map<EngineGeneration, Set<number>>();
  for (const { seat, status } of slots) {
    const { engine, generation } = seat.context;
    if (status === "empty" || engine.dead) continue;
    contexts.set(engine, (contexts.get(engine) ?? new Set()).add(generation));
  }
  return [...contexts].map(([{ engine, generation, startedAt }, generations]) => ({
    engineGeneration: generation,
    pid: engine.pid,
    generations: [...generations],
    ageMs: performance.now() - startedAt,
  }));
}
