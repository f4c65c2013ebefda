import { runsInKeptProcess } from "../../arms.js";
import type { Diagnosis } from "../../diagnosis.js";
import type { Measurement } from "../../measurement.js";
import { type Chart, css, type FigureBlock } from "../document.js";
import { bytesPerJobInterval, mebibytes, whole } from "../numbers.js";
import { BOTTOM, countScale, memoryScale, WIDE } from "./axes.js";
import { thin } from "./thin.js";

const MIB = 2 ** 20;

interface Point {
  readonly job: number;
  readonly session: number;
  readonly mib: number;
}

/** Memory of the kept process after each of its jobs, and of the GPU where there is one. */
export function memoryFigure({ measurements, memory }: Diagnosis): FigureBlock | undefined {
  const rss = pointsOf(measurements, ({ memory: { after } }) => after?.rssBytes);
  const gpu = pointsOf(measurements, ({ memory: { after } }) => after?.gpuUsedBytes);
  const charts = [chartOf("Resident memory of the kept process", rss)];
  if (gpu.length > 0) charts.push(chartOf("Memory in use on the GPU", gpu));
  if (rss.length === 0) return undefined;
  const sentences = [
    sees("The process that is kept", rss, memory.rssBytesPerJob),
    ...(gpu.length > 0 ? [sees("The GPU", gpu, memory.gpuBytesPerJob)] : []),
    ...freed(memory),
  ];
  return {
    kind: "figure",
    title: "Does memory grow?",
    sees: sentences.join(" "),
    reading:
      "Memory after each job of the process that is kept for the whole run; after a resumption the line begins anew. " +
      "Some growth at the start is usual: buffers are touched for the first time.",
    legend: [],
    charts,
  };
}

function pointsOf(
  measurements: readonly Measurement[],
  bytesOf: (measurement: Measurement) => number | undefined,
): Point[] {
  const jobs = new Map<number, number>();
  const points: Point[] = [];
  for (const measurement of measurements) {
    if (!runsInKeptProcess(measurement.arm)) continue;
    const { session } = measurement;
    const job = (jobs.get(session) ?? 0) + 1;
    jobs.set(session, job);
    const bytes = bytesOf(measurement);
    if (bytes !== undefined && Number.isFinite(bytes))
      points.push({ job, session, mib: bytes / MIB });
  }
  return points;
}

function chartOf(title: string, all: readonly Point[]): Chart {
  const points = thin(all);
  const last = points.reduce((most, { job }) => Math.max(most, job), 1);
  return {
    title,
    description: `${title} after ${whole(all.length)} jobs, in MiB: ${range(all)}.`,
    options: (plot) => ({
      width: WIDE,
      height: 220,
      marginLeft: 72,
      marginBottom: BOTTOM,
      x: countScale(last, "job of the kept process", 1),
      y: memoryScale(points.map(({ mib }) => mib)),
      marks: [
        plot.lineY(points, {
          ...{ x: "job", y: "mib", z: "session", stroke: css("--series-2"), strokeWidth: 1.75 },
        }),
      ],
    }),
  };
}

function range(points: readonly Point[]): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "none was measured";
  return `from ${mebibytes(first.mib * MIB)} to ${mebibytes(last.mib * MIB)}`;
}

function sees(
  what: string,
  points: readonly Point[],
  growth: Diagnosis["memory"]["rssBytesPerJob"],
): string {
  const rate = growth === undefined ? "" : `: ${bytesPerJobInterval(growth)}`;
  return `${what} went ${range(points)} over ${whole(points.length)} jobs${rate}.`;
}

/** Where the memory was, by what gave it back at the end. */
function freed({ freedWithStatesBytes, freedWithContextBytes }: Diagnosis["memory"]): string[] {
  if (freedWithStatesBytes === undefined || freedWithContextBytes === undefined) return [];
  return [
    `In the end, freeing the kept states gave back ${mebibytes(freedWithStatesBytes)}, and freeing the kept context ${mebibytes(freedWithContextBytes)}.`,
  ];
}
