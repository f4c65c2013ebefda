import type { Arm } from "../arms.js";
import type { DeviceFindings, Verdict } from "../diagnosis.js";
import { type JudgedContrast, overBoth } from "./contrasts.js";
import type { Mode } from "./looks.js";
import type { MemoryGrowth } from "./memory-growth.js";
import type { NormalisedJob } from "./normalised.js";

/** What the jobs themselves don't say. */
export interface AnalysisContext {
  readonly mode: Mode;
  /** The last block that may be run. */
  readonly maxBlocks: number;
  readonly device?: DeviceFindings | undefined;
  /** The other model or build, where one is compared. */
  readonly compareWith?: string | undefined;
  /** Memory given back at the end, when the kept states, then the kept context were freed. */
  readonly freed?: Freed | undefined;
}

/** Bytes that came back as what was kept was freed. */
export interface Freed {
  readonly statesBytes?: number | undefined;
  readonly contextBytes?: number | undefined;
}

/** What all hypotheses are judged by. */
export class Findings {
  readonly jobs: readonly NormalisedJob[];
  readonly contrasts: readonly JudgedContrast[];
  readonly rss: MemoryGrowth | undefined;
  readonly gpu: MemoryGrowth | undefined;
  readonly context: AnalysisContext;
  readonly blocks: number;

  constructor(parts: {
    readonly jobs: readonly NormalisedJob[];
    readonly contrasts: readonly JudgedContrast[];
    readonly rss: MemoryGrowth | undefined;
    readonly gpu: MemoryGrowth | undefined;
    readonly context: AnalysisContext;
  }) {
    this.jobs = parts.jobs;
    this.contrasts = parts.contrasts;
    this.rss = parts.rss;
    this.gpu = parts.gpu;
    this.context = parts.context;
    this.blocks = new Set(parts.jobs.map(({ measurement }) => measurement.block)).size;
  }

  /** Both channels of a comparison, as far as there are pairs. */
  of(...ids: readonly string[]): JudgedContrast[] {
    return this.contrasts.filter(({ id }) => ids.includes(id));
  }

  verdict(id: string): Verdict {
    return overBoth(this.of(id));
  }

  /** Jobs that count, of these arms. */
  jobsOf(...arms: readonly Arm[]): NormalisedJob[] {
    return this.jobs.filter(({ measurement }) => arms.includes(measurement.arm));
  }

  /** Jobs that count, of the arms of these comparisons. */
  jobsIn(...ids: readonly string[]): number {
    const arms = this.of(...ids).flatMap(({ slow, fast }) => [slow, fast]);
    return this.jobsOf(...arms).length;
  }
}
