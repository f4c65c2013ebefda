import type {
  Analysis,
  DeviceFindings,
  Diagnosis,
  ExperimentSettings,
  MachineFacts,
  StopReason,
} from "../diagnosis.js";
import type { Measurement } from "../measurement.js";
import type { Clip } from "./clips.js";
import type { DiagnoseSettings } from "./settings.js";

/** How a run ended, and all that it has measured. */
export interface Outcome {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly blocks: number;
  readonly stopped: StopReason;
  readonly seed: number;
  readonly clips: readonly Clip[];
  readonly skippedFiles: number;
  readonly machine: MachineFacts;
  readonly device: DeviceFindings;
  readonly measurements: readonly Measurement[];
  readonly analysis: Analysis;
}

/** As plain JSON. */
export function diagnosisOf(settings: DiagnoseSettings, outcome: Outcome): Diagnosis {
  const { startedAt, finishedAt, blocks, stopped, machine, device, measurements } = outcome;
  return {
    kind: "experiment",
    schema: 1,
    ...{ startedAt, finishedAt, blocks, stopped, machine, device, measurements },
    settings: settingsOf(settings, outcome),
    ...outcome.analysis,
  };
}

function settingsOf(
  settings: DiagnoseSettings,
  { clips, seed, skippedFiles }: Outcome,
): ExperimentSettings {
  const { modelName, blocks, maxBlocks, timeLimitMs, decoding, compareWith, given } = settings;
  return {
    model: modelName,
    clips: clips.map(({ name, clipClass, audioSeconds, source }) => ({
      ...{ name, clipClass, audioSeconds, source },
    })),
    skippedFiles,
    ...{ blocks, maxBlocks: blocks ?? maxBlocks, threads: decoding.threads, seed, compareWith },
    timeLimitMinutes: Number.isFinite(timeLimitMs) ? timeLimitMs / 60e3 : undefined,
    options: given,
  };
}
