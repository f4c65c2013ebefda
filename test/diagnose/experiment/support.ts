import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiagnoseOptions } from "../../../lib/diagnose/diagnose-options.js";
import type { Diagnosis } from "../../../lib/diagnose/diagnosis.js";
import { Run } from "../../../lib/diagnose/experiment/run.js";
import { diagnoseSettings } from "../../../lib/diagnose/experiment/settings.js";
import { FakeHost } from "./fake-engine.js";

/** Runs an experiment on processes that compute nothing. */
export function runOn(
  host: FakeHost,
  options: DiagnoseOptions = {},
  more: { other?: FakeHost; cpu?: FakeHost; now?: () => number; node?: string } = {},
): Promise<Diagnosis> {
  const settings = diagnoseSettings({ seed: 1, threads: 1, ...options });
  const { other, cpu = new FakeHost(), now = () => performance.now(), node = "v0" } = more;
  return new Run(settings, {
    hosts: { own: host, other, cpu },
    machine: {
      ...{ platform: "fake", cpu: "fake", cores: 1, memoryBytes: 1, node, version: "0" },
      whisperVersion: "0",
    },
    ...{ gpuSigns: [], now, date: () => new Date(0) },
  }).result();
}

/** What is left of a host's things, and what was broken: nothing should be, once a run has settled. */
export function leftOf({ processes, contexts, states, audio, broken }: FakeHost): unknown {
  return { processes, contexts, states, audio, broken };
}

export const NOTHING = { processes: 0, contexts: 0, states: 0, audio: 0, broken: [] };

export async function withFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), "steady-diagnose-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
