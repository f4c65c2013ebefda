// Pools of the isolations that bench/isolation.mjs compares.

import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { cpuMsOf, enginePids } from "./engines.mjs";
import { root } from "./environment.mjs";
import { idsOf } from "./models.mjs";

const { WhisperPool } = await import(path.join(root, "dist/index.js"));

export class IsolationArm {
  #pool;

  static async open(model, isolation, slots) {
    const arm = new IsolationArm();
    arm.#pool = await WhisperPool.create({
      ...{ model, isolation, slots, backend: "cpu", threadsPerSlot: 1, health: false },
    });
    return arm;
  }

  /** One job, from submission to result. CPU time is that of this process and the engine's, the cleaning up included. */
  async run(audio, options) {
    const cpuBefore = this.#cpuMs();
    const submittedAt = performance.now();
    const result = await this.#pool.transcribe(audio, options);
    const latencyMs = performance.now() - submittedAt;
    await this.settle();
    const { runDelayMs = 0, decodeAudioMs } = result.timing;
    const cpuMs = this.#cpuMs() - cpuBefore;
    return { ids: idsOf(result), latencyMs, cpuMs, runDelayMs, decodeAudioMs };
  }

  /** Jobs as fast as all slots take them. Resolves with their number per second, and their token ids. */
  async runAll(audio, options, count) {
    const startedAt = performance.now();
    const results = await Promise.all(
      Array.from({ length: count }, () => this.#pool.transcribe(audio, options)),
    );
    await this.settle();
    return {
      perSecond: (1000 * count) / (performance.now() - startedAt),
      ids: [...new Set(results.map(idsOf))].join("|"),
    };
  }

  /** Resolves when the last job has been cleaned up after. */
  async settle() {
    while (this.#pool.stats().slots.some(({ status }) => status !== "idle")) await setTimeout(1);
  }

  close() {
    return this.#pool.close();
  }

  #cpuMs() {
    const { user, system } = process.cpuUsage();
    return enginePids(this.#pool).reduce((sum, pid) => sum + cpuMsOf(pid), (user + system) / 1000);
  }
}
