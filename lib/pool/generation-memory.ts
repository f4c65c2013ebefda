import type { MemorySample } from "../engine/engine.js";
import { usedBytes } from "../engine/memory.js";

/** Jobs whose memory settles what a generation holds: their buffers grow to the size of the work. */
const SETTLING_JOBS = 5;

/** Samples of which the least counts, so that one job's passing buffers are no growth. */
const RECENT = 3;

/** Growth of one generation's memory since its first jobs, in bytes. */
export interface Growth {
  readonly rssBytes: number;
  /** Undefined on a CPU. */
  readonly gpuBytes: number | undefined;
}

/** Memory over the life of one context generation. */
export class GenerationMemory {
  #rss = new Series();
  #gpu = new Series();
  #epoch: number | undefined;

  /** After each job. In another epoch the pool itself holds more or less: growth is counted from then on. */
  add(sample: MemorySample, epoch: number): void {
    if (epoch !== this.#epoch) this.restart();
    this.#epoch = epoch;
    this.#rss.add(sample.rssBytes);
    if (sample.gpu) this.#gpu.add(usedBytes(sample.gpu));
  }

  /** Counts growth from here on. */
  restart(): void {
    this.#rss = new Series();
    this.#gpu = new Series();
  }

  /** 0 until enough jobs have run. */
  get growth(): Growth {
    return {
      rssBytes: this.#rss.growth,
      gpuBytes: this.#gpu.empty ? undefined : this.#gpu.growth,
    };
  }
}

class Series {
  #settling = 0;
  #baseline = 0;
  #recent: number[] = [];

  get empty(): boolean {
    return this.#settling === 0;
  }

  add(bytes: number): void {
    if (this.#settling < SETTLING_JOBS) {
      this.#settling += 1;
      this.#baseline = Math.max(this.#baseline, bytes);
      return;
    }
    this.#recent.push(bytes);
    if (this.#recent.length > RECENT) this.#recent.shift();
  }

  get growth(): number {
    return this.#recent.length < RECENT ? 0 : Math.min(...this.#recent) - this.#baseline;
  }
}
