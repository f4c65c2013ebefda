import type { DoctorFacts } from "../facts.js";
import { type Probe, runProbe } from "../run-probe.js";
import { collectAddon } from "./addon.js";
import { collectAudio } from "./audio.js";
import { collectBuild } from "./build.js";
import { collectGpu } from "./gpu.js";
import { type AskedModel, collectModels } from "./models.js";
import { collectPlatform } from "./platform.js";

/** What to look at. */
export interface DoctorOptions extends AskedModel {
  signal?: AbortSignal | undefined;
}

/** Looks at everything. What may crash or hang is looked at by processes of its own, one after the other. */
export async function collect({ signal, ...asked }: DoctorOptions): Promise<DoctorFacts> {
  const probe: Probe = (task) => runProbe(task, { signal });
  const platform = collectPlatform();
  const addon = await collectAddon(probe);
  const system = addon.use?.system;
  return {
    platform,
    addon,
    gpu: await collectGpu(system?.devices ?? [], probe),
    models: await collectModels(asked, system !== undefined, probe),
    audio: await collectAudio(),
    build: await collectBuild(),
  };
}
