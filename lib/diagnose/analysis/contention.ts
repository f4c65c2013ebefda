import { median } from "simple-statistics";
import type { Channel } from "../diagnosis.js";
import type { NormalisedJob } from "./normalised.js";
import type { Block } from "./pairs.js";
import { absoluteSlope, spreadOf } from "./robust-slope.js";

/** A machine whose speed changes in a block by at least this (a logarithm), and so far beyond noise, has changed. */
const LEAST_CHANGE = Math.log(1.15);
const LEAST_Z = 4;
/** A single slow job counts as so many times the noise at most: together with one that isn't slow it is no change. */
const MOST_LEVEL = 5;

interface Level {
  readonly job: NormalisedJob;
  /** Relative to the block's typical job, without what its arm grows by. */
  level: number;
}

/**
 * Blocks cut in two where contention began or ended: jobs on either side of that aren't comparable. The change is that of the
 * mean of the jobs before and after it, in the order in which they ran; what arms grow by with age is taken off before, so that
 * it isn't taken for a change.
 */
export function withoutChanges(blocks: readonly Block[], channel: Channel): Block[] {
  const levels = blocks.map((block) => levelsOf(block, channel));
  const slopes = slopesOf(levels.flat());
  for (const own of levels.flat()) {
    const { arm, age } = own.job.measurement;
    own.level -= (slopes.get(arm) ?? 0) * age;
  }
  const noise = spreadOf(Float64Array.from(levels.flat(), ({ level }) => level));
  return blocks.flatMap((block, i) => {
    const cut = changeIn(levels[i]!, noise);
    if (cut === undefined) return [block];
    const isBefore = ({ measurement }: NormalisedJob) => measurement.seq < cut;
    const entries = [...block];
    return [
      new Map(entries.filter(([, job]) => isBefore(job))),
      new Map(entries.filter(([, job]) => !isBefore(job))),
    ];
  });
}

/** In the order in which they ran; what differs by intent from the others says nothing about the machine. */
function levelsOf(block: Block, channel: Channel): Level[] {
  const jobs = [...block.values()]
    .filter(({ measurement: { arm } }) => arm !== "no-previous-text" && arm !== "other")
    .sort((a, b) => a.measurement.seq - b.measurement.seq);
  if (jobs.length === 0) return [];
  const typical = median(jobs.map(({ residual }) => residual[channel]));
  return jobs.map((job) => ({ job, level: job.residual[channel] - typical }));
}

function slopesOf(levels: readonly Level[]): Map<string, number> {
  const slopes = new Map<string, number>();
  for (const arm of new Set(levels.map(({ job }) => job.measurement.arm))) {
    const own = levels.filter(({ job }) => job.measurement.arm === arm);
    const ages = Float64Array.from(own, ({ job }) => job.measurement.age);
    slopes.set(
      arm,
      absoluteSlope(
        ages,
        Float64Array.from(own, ({ level }) => level),
      ),
    );
  }
  return slopes;
}

/** `seq` of the first job after the change. */
function changeIn(levels: readonly Level[], noise: number): number | undefined {
  let cut: number | undefined;
  let best = LEAST_Z * noise;
  const bound = MOST_LEVEL * noise;
  const bounded = levels.map(({ level }) => Math.max(-bound, Math.min(bound, level)));
  const all = bounded.reduce((sum, level) => sum + level, 0);
  let sum = 0;
  for (let before = 1; before < levels.length; before++) {
    sum += bounded[before - 1]!;
    const after = levels.length - before;
    const change = Math.abs(sum / before - (all - sum) / after);
    const z = change / Math.sqrt(1 / before + 1 / after);
    if (change < LEAST_CHANGE || z <= best) continue;
    best = z;
    cut = levels[before]!.job.measurement.seq;
  }
  return cut;
}
