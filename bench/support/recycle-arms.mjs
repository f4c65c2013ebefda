// The ways to run jobs that bench/recycle.mjs compares. Each runs one job at a time, on one thread.

import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { root } from "./environment.mjs";
import { idsOf } from "./models.mjs";
import { WorkerProcess } from "./worker-process.mjs";

const { WhisperPool } = await import(path.join(root, "dist/index.js"));

function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A pool with one slot. */
export class PoolArm {
  /** Reports of the recycles, from the beginning. */
  recycles = [];
  #pool;
  #maxJobs;

  static async open(model, options) {
    const arm = new PoolArm();
    arm.#maxJobs = options.recycle?.maxJobs ?? Number.POSITIVE_INFINITY;
    arm.#pool = await WhisperPool.create({
      ...{ model, isolation: "thread", backend: "cpu", slots: 1, threadsPerSlot: 1, health: false },
      ...options,
    });
    arm.#pool.on("recycle", (report) => arm.recycles.push(report));
    return arm;
  }

  async run(file, options) {
    const result = await this.#pool.transcribe(file, options);
    const { queueMs, runDelayMs } = result.timing;
    return { ids: idsOf(result), queueMs, runDelayMs };
  }

  /** Resolves when the last job has been cleaned up after, and no recycle is due or under way. */
  async settle() {
    for (;;) {
      const { slots, generations } = this.#pool.stats();
      const busy = slots.some(({ status }) => status !== "idle");
      const due = generations.length !== 1 || generations[0].jobs >= this.#maxJobs;
      if (!busy && !due) return;
      await setTimeout(1);
    }
  }

  cpuMs() {
    return ownCpuMs();
  }

  close() {
    return this.#pool.close();
  }
}

/** A worker process that is stopped and started anew after every so many jobs, while jobs wait. */
export class RestartedArm {
  /** From the order to stop until the new process is ready. */
  recycles = [];
  #model;
  #every;
  #worker;
  #restarting;
  #jobs = 0;
  /** Of processes that have ended. */
  #endedCpuMs = 0;

  static async open(model, every) {
    const arm = new RestartedArm();
    arm.#model = model;
    arm.#every = every;
    arm.#worker = await WorkerProcess.start(model);
    return arm;
  }

  async run(file, options) {
    const submittedAt = performance.now();
    await this.#restarting;
    const queueMs = performance.now() - submittedAt;
    const { ids, runDelayMs } = await this.#worker.run(file, { ...options, threads: 1 });
    this.#jobs += 1;
    if (this.#jobs % this.#every === 0) this.#restarting = this.#restart();
    return { ids, queueMs, runDelayMs };
  }

  async #restart() {
    const startedAt = performance.now();
    await this.#worker.stop();
    this.#endedCpuMs += this.#worker.cpuMs;
    this.#worker = await WorkerProcess.start(this.#model);
    this.recycles.push({ stopped: true, totalMs: performance.now() - startedAt });
  }

  async settle() {
    await this.#restarting;
  }

  /** Of this process, and of the workers. */
  cpuMs() {
    return ownCpuMs() + this.#endedCpuMs + this.#worker.cpuMs;
  }

  async close() {
    await this.settle();
    await this.#worker.stop();
  }
}
