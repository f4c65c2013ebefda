import type { DeviceInfo } from "../../../types.js";
import { medianInterval } from "../../analysis/median-interval.js";
import type { DeviceFindings, Interval } from "../../diagnosis.js";
import type { Measurement } from "../../measurement.js";

/** What is known of the device beside the jobs. */
export interface DeviceFacts {
  readonly requested: string;
  /** Undefined: the run ended before there was a context. */
  readonly device: DeviceInfo | undefined;
  readonly gpuSigns: readonly string[];
  /** Of a GPU: how busy it was while jobs ran, 0 to 1. */
  readonly gpuLoad: readonly number[];
  readonly speedup: Interval | undefined;
}

const CONFIDENCE = 0.95;

/** The device as the jobs so far have used it. */
export function deviceFindings(
  { requested, device, gpuSigns, gpuLoad, speedup }: DeviceFacts,
  measurements: readonly Measurement[],
): DeviceFindings {
  // Another model's or build's jobs are no judge of this one's device.
  const jobs = measurements.filter(
    ({ error, arm, wallMs }) => error === undefined && arm !== "other" && wallMs > 0,
  );
  const gpu = device?.gpu ?? false;
  return {
    requested,
    ...{ backend: device?.backend ?? "unknown", name: device?.name ?? "unknown", gpu, gpuSigns },
    utilisation: medianInterval(gpu ? gpuLoad : jobs.map(threadsAtWork), CONFIDENCE),
    speedup,
    realTimeFactor: medianInterval(
      jobs
        .filter(({ clipClass }) => clipClass !== "sine")
        .map(({ wallMs, audioSeconds }) => wallMs / (1000 * audioSeconds)),
      CONFIDENCE,
    ),
    jobs: jobs.length,
  };
}

/**
 * The share of the time in which a job's threads computed, of the time in which they had a processor or could have had one: what
 * they waited for one (`shareAtWork`, from which the wait of each is taken back) says that the machine is busy, not that it is
 * idle.
 */
function threadsAtWork({ cpuMs, wallMs, threads, shareAtWork = 1 }: Measurement): number {
  const eachAtWork = shareAtWork ** (1 / threads);
  return Math.min(1, cpuMs / (threads * wallMs * eachAtWork));
}
