import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** Quantiles of a distribution, to three significant digits, in the unit of the field that holds it; all 0 without values. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** A histogram of numbers >= 0 in constant memory, with three significant digits. */
export class Distribution {
  readonly #histogram: RecordableHistogram = createHistogram({ figures: 3 });
  readonly #resolution: number;

  /** `resolution`: the least difference that is told. Node's histograms hold integers from 1. */
  constructor(resolution: number) {
    this.#resolution = resolution;
  }

  add(value: number): void {
    this.#histogram.record(Math.max(1, Math.round(value / this.#resolution)));
  }

  get quantiles(): Quantiles {
    const { count, max } = this.#histogram;
    const at = (percent: number) =>
      count === 0 ? 0 : this.#histogram.percentile(percent) * this.#resolution;
    return {
      count,
      p50: at(50),
      p90: at(90),
      p95: at(95),
      p99: at(99),
      max: count === 0 ? 0 : max * this.#resolution,
    };
  }
}
