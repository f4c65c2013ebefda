import type { Analysis, Channel } from "../diagnosis.js";
import type { Measurement } from "../measurement.js";
import { judge } from "./contrasts.js";
import { estimatesOf } from "./estimates.js";
import { type AnalysisContext, Findings } from "./findings.js";
import { costFollowsWork } from "./hypotheses/cost-follows-work.js";
import { deviceIdle } from "./hypotheses/device.js";
import { memoryLeaks } from "./hypotheses/memory.js";
import { otherBuild } from "./hypotheses/other-build.js";
import { previousText } from "./hypotheses/previous-text.js";
import { segmentReading } from "./hypotheses/segment-reading.js";
import { stateAccumulates } from "./hypotheses/state-accumulates.js";
import { judgedJobs } from "./judged-jobs.js";
import { LEVELS } from "./looks.js";
import { memoryGrowth } from "./memory-growth.js";
import { normalise } from "./normalised.js";
import { blocksOf } from "./pairs.js";
import { remediesOf } from "./remedies.js";
import { summaryOf } from "./summary.js";

export type { AnalysisContext } from "./findings.js";
export { isLook, LOOKS, type Mode } from "./looks.js";

const CHANNELS: readonly Channel[] = ["total", "decode"];

/**
 * What the jobs of an experiment show: a verdict on each hypothesis, and what each remedy costs and gains. Pure: the same for
 * the same measurements, in any order of arms, of any number, failed ones among them.
 */
export function analyse(measurements: readonly Measurement[], context: AnalysisContext): Analysis {
  const { jobs, waited, failed } = judgedJobs(measurements);
  const normalised = normalise(jobs);
  const blocks = blocksOf(normalised);
  const levels = LEVELS[context.mode];
  const horizon = { greatestAge: horizonOf(measurements, context) };
  const findings = new Findings({
    jobs: normalised,
    contrasts: CHANNELS.flatMap((channel) =>
      estimatesOf(blocks, channel).map((estimate) => judge(estimate, levels, horizon)),
    ),
    rss: memoryGrowth(measurements, ({ rssBytes }) => rssBytes, levels),
    gpu: memoryGrowth(measurements, ({ gpuUsedBytes }) => gpuUsedBytes, levels),
    context,
  });
  const hypotheses = [
    costFollowsWork(findings),
    stateAccumulates(findings),
    segmentReading(findings),
    memoryLeaks(findings),
    previousText(findings),
    otherBuild(findings),
    deviceIdle(findings),
  ];
  const counts = { judged: normalised.length, waited, failed };
  return {
    contrasts: findings.contrasts.map(({ estimate: _, ...contrast }) => contrast),
    hypotheses,
    remedies: remediesOf(findings),
    memory: {
      rssBytesPerJob: findings.rss?.interval,
      gpuBytesPerJob: findings.gpu?.interval,
      freedWithStatesBytes: context.freed?.statesBytes,
      freedWithContextBytes: context.freed?.contextBytes,
    },
    jobs: counts,
    residuals: normalised.map(({ measurement: { seq }, residual }) => ({
      seq,
      total: Math.exp(residual.total),
      decode: Math.exp(residual.decode),
    })),
    summary: summaryOf(hypotheses, counts),
  };
}

/** The age that the run's last block would be reached with; a run of a fixed length is judged as it is. */
function horizonOf(
  measurements: readonly Measurement[],
  { mode, maxBlocks }: AnalysisContext,
): number {
  if (mode === "fixed") return 0;
  let age = 0;
  let block = 0;
  for (const measurement of measurements) {
    age = Math.max(age, measurement.age);
    block = Math.max(block, measurement.block);
  }
  return age + Math.max(0, maxBlocks - 1 - block);
}
