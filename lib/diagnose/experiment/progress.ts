import { callOutside } from "../../call-outside.js";
import type { DiagnoseOptions, DiagnosisProgress } from "../diagnose-options.js";
import type { Analysis } from "../diagnosis.js";

export interface Limits {
  /** The last block that may be needed. */
  readonly blocks: number;
  readonly timeLimitMs: number;
}

/** Tells how far a run is. */
export class Progress {
  phase: DiagnosisProgress["phase"] = "preparing";
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #tell: DiagnoseOptions["onProgress"];
  readonly #startedAt: number;
  #interim: DiagnosisProgress["interim"] = [];
  /** Blocks before this start, and when the first one of it began. */
  #earlier = 0;
  #measuringAt = 0;
  /** The last block that has ended, and when. */
  #ended = { block: 0, at: 0 };

  constructor(limits: Limits, tell: DiagnoseOptions["onProgress"], now: () => number) {
    this.#limits = limits;
    this.#tell = tell;
    this.#now = now;
    this.#startedAt = now();
  }

  get elapsedMs(): number {
    return this.#now() - this.#startedAt;
  }

  /** The first block of this start begins. */
  measure(earlier: number): void {
    this.phase = "measuring";
    this.#earlier = earlier;
    this.#measuringAt = this.#now();
  }

  blockEnded(block: number): void {
    this.#ended = { block, at: this.#now() };
  }

  judged({ hypotheses }: Analysis): void {
    this.#interim = hypotheses.map(({ id, verdict }) => ({ id, verdict }));
  }

  /** `block`: blocks that are done. */
  tell(block: number, jobs: number): void {
    const tell = this.#tell;
    if (tell === undefined) return;
    const progress: DiagnosisProgress = {
      ...{ phase: this.phase, block, blocks: this.#limits.blocks, jobs },
      ...{ elapsedMs: this.elapsedMs, leftMs: this.#left(), interim: this.#interim },
    };
    callOutside(() => tell(progress));
  }

  /** By the mean of this start's blocks. */
  #left(): number | undefined {
    const { blocks, timeLimitMs } = this.#limits;
    const { block } = this.#ended;
    if (block <= this.#earlier) return undefined;
    const blockMs = (this.#ended.at - this.#measuringAt) / (block - this.#earlier);
    const underWayMs = this.#now() - this.#ended.at;
    const untilEnd = Math.max(0, (blocks - block) * blockMs - underWayMs);
    return Math.min(untilEnd, Math.max(0, timeLimitMs - this.elapsedMs));
  }
}
