import type { EngineHost } from "../../../engine/engine.js";
import type { DeviceInfo } from "../../../types.js";
import type { DeviceFindings, Interval } from "../../diagnosis.js";
import type { Measurement } from "../../measurement.js";
import type { Clip } from "../clips.js";
import type { Teardown } from "../teardown.js";
import type { Units } from "../units.js";
import type { Warmth } from "../warmth.js";
import { deviceFindings } from "./findings.js";
import { GpuLoad, nvidiaId } from "./gpu-load.js";
import { measureSpeedup } from "./speedup.js";

/** Watches the device through a run. */
export class DeviceWatch {
  readonly #requested: string;
  readonly #gpuSigns: readonly string[];
  #device: DeviceInfo | undefined;
  #load: GpuLoad | undefined;
  #speedup: Interval | undefined;

  constructor(requested: string, gpuSigns: readonly string[]) {
    this.#requested = requested;
    this.#gpuSigns = gpuSigns;
  }

  /** Before the first block: a GPU is compared with the CPU, and watched from then on. */
  async begin(
    device: DeviceInfo,
    { units, cpu, clip, warmth }: { units: Units; cpu: EngineHost; clip: Clip; warmth: Warmth },
    teardown: Teardown,
  ): Promise<void> {
    this.#device = device;
    if (!device.gpu) return;
    this.#speedup = await measureSpeedup(units, cpu, clip, warmth);
    if (device.backend === "cuda") {
      this.#load = teardown.keep(new GpuLoad(nvidiaId(device.device)), (load) => load.close());
    }
  }

  /** Whether a job runs: only then the device has to be busy. */
  set jobRuns(runs: boolean) {
    if (this.#load) this.#load.jobRuns = runs;
  }

  findings(measurements: readonly Measurement[]): DeviceFindings {
    return deviceFindings(
      {
        ...{ requested: this.#requested, device: this.#device, gpuSigns: this.#gpuSigns },
        ...{ gpuLoad: this.#load?.samples ?? [], speedup: this.#speedup },
      },
      measurements,
    );
  }

  /** What the analysis may judge the device by: nothing, before there was one. */
  judgedBy(measurements: readonly Measurement[]): DeviceFindings | undefined {
    return this.#device && this.findings(measurements);
  }
}
