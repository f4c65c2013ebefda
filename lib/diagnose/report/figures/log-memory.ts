import { max, min } from "simple-statistics";
import type { LogDiagnosis } from "../../log-diagnosis.js";
import { type Chart, css, type FigureBlock } from "../document.js";
import { mebibytes, whole } from "../numbers.js";
import { BOTTOM, countScale, memoryScale, WIDE } from "./axes.js";
import { thin } from "./thin.js";

const MIB = 2 ** 20;

/** Memory by the number of the job in its worker's life, where the log tells it. */
export function logMemoryFigure({ points }: LogDiagnosis): FigureBlock | undefined {
  const rss = chartOf("Resident memory of workers", points, ({ rssBytes }) => rssBytes);
  const gpu = chartOf("Memory in use on the GPU", points, ({ gpuUsedBytes }) => gpuUsedBytes);
  const charts = [rss, gpu].filter((chart) => chart !== undefined);
  if (charts.length === 0) return undefined;
  return {
    kind: "figure",
    title: "Does memory grow?",
    sees: charts.map(({ description }) => description).join(" "),
    reading: "Each line is a life of a worker, from its start on.",
    legend: [],
    charts,
  };
}

type LogPoint = LogDiagnosis["points"][number];

function chartOf(
  title: string,
  points: readonly LogPoint[],
  bytesOf: (point: LogPoint) => number | undefined,
): Chart | undefined {
  const all = points.flatMap((point) => {
    const bytes = bytesOf(point);
    return bytes === undefined
      ? []
      : [{ job: point.jobIndex, worker: point.worker, mib: bytes / MIB }];
  });
  if (all.length === 0) return undefined;
  const shown = thin(all);
  const sizes = all.map(({ mib }) => mib * MIB);
  const [low, high] = [min(sizes), max(sizes)].map(mebibytes);
  return {
    title,
    description: `${title}: ${low} to ${high} after ${whole(all.length)} jobs.`,
    options: (plot) => ({
      width: WIDE,
      height: 220,
      marginLeft: 72,
      marginBottom: BOTTOM,
      x: countScale(max(shown.map(({ job }) => job)), "job since the worker's start", 1),
      y: memoryScale(shown.map(({ mib }) => mib)),
      marks: [
        plot.lineY(shown, {
          ...{ x: "job", y: "mib", z: "worker", stroke: css("--series-2"), strokeOpacity: 0.6 },
          marker: shown.length <= 50 ? "circle" : "none",
        }),
      ],
    }),
  };
}
