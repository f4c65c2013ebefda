import type { Diagnosis } from "../diagnosis.js";
import { gpuSigns } from "./device/gpu-signs.js";
import { processHosts } from "./hosts.js";
import { machineFacts } from "./machine.js";
import { Run } from "./run.js";
import type { DiagnoseSettings } from "./settings.js";

/** Runs the experiment in child processes of this machine. Rejects as `Run.result()`. */
export function runHere(settings: DiagnoseSettings): Promise<Diagnosis> {
  return new Run(settings, {
    hosts: processHosts(settings),
    machine: machineFacts(),
    gpuSigns: gpuSigns(),
    now: () => performance.now(),
    date: () => new Date(),
  }).result();
}
