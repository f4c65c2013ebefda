import { WhisperError } from "../../errors.js";
import { type Arm, runsInKeptProcess } from "../arms.js";
import type { Measurement } from "../measurement.js";
import type { Clip } from "./clips.js";
import { noFigures } from "./figures.js";
import { type JobMeasured, type JobTools, measureJob } from "./job.js";
import { planBlock } from "./plan.js";

export interface BlockSetup {
  readonly seed: number;
  readonly arms: readonly Arm[];
  readonly clips: readonly Clip[];
  readonly tools: JobTools;
  /** Of earlier starts: what is measured goes on after it. */
  readonly earlier: readonly Measurement[];
}

/** Jobs in a row that may fail: what fails each time isn't measured by going on. */
const MOST_FAILURES = 3;

/** Runs blocks one after the other, and numbers what is measured. */
export class Blocks {
  /** Blocks that are done. */
  done: number;
  readonly #setup: BlockSetup;
  #seq: number;
  #session: number;
  /** The block that what is kept was made in. */
  #madeIn: number;
  #failures = 0;

  constructor(setup: BlockSetup) {
    const last = setup.earlier.at(-1);
    this.#setup = setup;
    this.done = last === undefined ? 0 : last.block + 1;
    this.#seq = last === undefined ? 0 : last.seq + 1;
    this.#session = last === undefined ? 0 : last.session + 1;
    this.#madeIn = this.done;
  }

  /**
   * Runs the next block. Undefined: the signal has aborted before its end. Rejects with what the third job in a row failed with.
   *
   * @param onJob Called after each job.
   */
  async run(onJob: (measurement: Measurement) => void): Promise<Measurement[] | undefined> {
    const { seed, arms, clips, tools } = this.#setup;
    const { signal } = tools.warmth;
    const planned = planBlock(seed, this.done, arms, clips);
    const measurements: Measurement[] = [];
    for (const arm of planned.arms) {
      if (signal.aborted) return undefined;
      const measurement = await this.#measure(arm, planned.clip);
      if (measurement === undefined) return undefined;
      measurements.push(measurement);
      onJob(measurement);
    }
    this.done += 1;
    return measurements;
  }

  /** Undefined: it was aborted before the job had begun. */
  async #measure(arm: Arm, clip: Clip): Promise<Measurement | undefined> {
    const { tools } = this.#setup;
    try {
      const measured = await measureJob(arm, clip, tools);
      this.#failures = 0;
      return this.#number(arm, clip, measured);
    } catch (error) {
      if (tools.warmth.signal.aborted) return undefined;
      this.#failures += 1;
      if (!(error instanceof WhisperError) || this.#failures >= MOST_FAILURES) throw error;
      const { threads } = tools.warmth.decoding;
      const failed = { ...noFigures(threads), error: error.code, memory: {}, setUpMs: 0 };
      const measurement = this.#number(arm, clip, failed);
      await tools.units.renew(arm);
      // Only what is kept ages.
      if (runsInKeptProcess(arm)) {
        this.#session += 1;
        this.#madeIn = this.done;
      }
      return measurement;
    }
  }

  #number(
    arm: Arm,
    { name, clipClass, audioSeconds }: Clip,
    measured: JobMeasured & Pick<Measurement, "error">,
  ): Measurement {
    return {
      seq: this.#seq++,
      block: this.done,
      ...{ arm, clip: name, clipClass, audioSeconds },
      age: this.done - this.#madeIn,
      session: this.#session,
      ...measured,
    };
  }
}
