import { resolve } from "node:path";
import type { EngineHost } from "../../engine/engine.js";
import { ProcessEngineHost } from "../../engine/process/process-engine.js";
import { type DiagnoseSettings, isAddon } from "./settings.js";
import type { Hosts } from "./units.js";

/** All that starts processes for an experiment. */
export interface ExperimentHosts extends Hosts {
  /** The same model on the CPU, which a GPU is compared with. */
  readonly cpu: EngineHost;
}

/** Child processes with the addon. */
export function processHosts({
  model,
  context,
  engine,
  compareWith,
}: DiagnoseSettings): ExperimentHosts {
  const host = (of: typeof model, env: Readonly<Record<string, string>> = {}) =>
    new ProcessEngineHost(of, context, { ...engine, env: { ...engine.env, ...env } });
  const other = () =>
    compareWith !== undefined && isAddon(compareWith)
      ? host(model, { STEADY_WHISPER_ADDON: resolve(compareWith) })
      : host(compareWith);
  return {
    own: host(model),
    other: compareWith === undefined ? undefined : other(),
    cpu: new ProcessEngineHost(model, { ...context, backend: "cpu", device: 0 }, engine),
  };
}
