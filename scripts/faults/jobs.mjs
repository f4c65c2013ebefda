// Jobs of mixed audio on a pool that always has one waiting, and what became of each.

import { mulberry32 } from "../../bench/support/statistics.mjs";
import { Reports } from "../soak/place.mjs";
import { clipAt } from "./clips.mjs";

/** Jobs that wait while all slots have one. */
const WAITING = 1;

export class Jobs {
  /** Figures of those that completed, in the order of their ends. */
  list = [];
  #pool;
  #slots;
  #reports;
  #random;
  #onJob;
  #clip;
  #submitted = 0;

  /**
   * `seed`: of the order of the clips. `clip`: all jobs are of this one instead. `onJob`: gets each one's figures.
   */
  constructor(pool, { seed = 1, clip, onJob = () => {} } = {}) {
    this.#pool = pool;
    this.#slots = pool.stats().slots.length;
    this.#reports = new Reports(pool);
    this.#random = mulberry32(seed);
    this.#clip = clip;
    this.#onJob = onJob;
  }

  /** Runs so many. Resolves with their figures. */
  async run(count) {
    const before = this.list.length;
    let left = count;
    await this.until(() => left-- <= 0);
    return this.list.slice(before);
  }

  /** Runs jobs until `enough()`, which is asked before each; those that run then are waited for. */
  async until(enough) {
    const lane = async () => {
      while (!enough()) await this.#one();
    };
    await Promise.all(Array.from({ length: this.#slots + WAITING }, lane));
  }

  async #one() {
    const clip = this.#clip ?? clipAt(this.#random());
    const seq = this.#submitted++;
    const job = this.#pool.transcribe(clip.file, { ...clip.options, id: String(seq) });
    const report = await this.#reports.of(seq, job.result);
    await job.result;
    const figures = { seq, clip: clip.name, ...figuresOf(report) };
    this.list.push(figures);
    this.#onJob(figures);
  }
}

/** Times in ms; `at`: ms since the epoch. `injectedMs`: what a fault has burnt of `cpuMs` and `wallMs`. */
function figuresOf({ timing, place }) {
  const { wallMs, cpuMs, runDelayMs = 0, encodeMs, injectedMs, promptTokens } = timing;
  const { slot, generation, stateGeneration, engineGeneration, jobsSinceReset } = place;
  return {
    at: Date.now(),
    ...{ slot, generation, stateGeneration, engineGeneration, jobsSinceReset },
    ...{ wallMs, cpuMs, runDelayMs, encodeMs, injectedMs, promptTokens },
    rssBytes: place.memory.after?.rssBytes,
  };
}
