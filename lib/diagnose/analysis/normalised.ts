import { type Anchor, CostModel } from "../../health/cost-model.js";
import type { Arm } from "../arms.js";
import type { Channel } from "../diagnosis.js";
import type { JudgedJob } from "./judged-jobs.js";

/** A job with the logarithms of its own time (of ms), and of that time over what its work should take. */
export interface NormalisedJob extends JudgedJob {
  readonly raw: Readonly<Record<Channel, number>>;
  readonly residual: Readonly<Record<Channel, number>>;
}

/** Arms that the cost model is fitted on, from those that age least to those that may age; "other" is another model. */
const ANCHOR_ARMS: readonly (readonly Arm[])[] = [
  ["fresh-process"],
  ["fresh-context"],
  ["fresh-state", "no-previous-text"],
  ["at-once", "slowly", "kept"],
];
/** As many jobs make a baseline: arms that may age are taken in only until there are so many. */
const ENOUGH = 8;
/** More only cost time: the detector's own number. Of more, evenly spread ones are taken. */
const MOST = 96;

/**
 * What the jobs took over what their work should take (see `CostModel`), fitted on those of fresh arms. Empty if no job can be
 * an anchor.
 */
export function normalise(jobs: readonly JudgedJob[]): NormalisedJob[] {
  const anchors = anchorsOf(jobs);
  if (anchors.length === 0) return [];
  const model = new CostModel(MOST, 1, anchors);
  return jobs.map((job) => {
    const decode = model.decodeMs(job.measurement);
    const total = decode + model.encodeMs(job.measurement);
    const raw = { total: Math.log(job.totalMs), decode: Math.log(job.decodeMs) };
    const residual = { total: raw.total - Math.log(total), decode: raw.decode - Math.log(decode) };
    return { ...job, raw, residual };
  });
}

function anchorsOf(jobs: readonly JudgedJob[]): Anchor[] {
  const found: JudgedJob[] = [];
  for (const arms of ANCHOR_ARMS) {
    if (found.length >= ENOUGH) break;
    for (const job of jobs) if (arms.includes(job.measurement.arm)) found.push(job);
  }
  const step = Math.max(1, found.length / MOST);
  const count = Math.min(MOST, found.length);
  return Array.from({ length: count }, (_, i) => {
    const { measurement, totalMs, decodeMs } = found[Math.floor(i * step)]!;
    const { windows, tokens, fallbackTokens } = measurement;
    return { windows, tokens, fallbackTokens, decodeMs, encodeMs: Math.max(0, totalMs - decodeMs) };
  });
}
