import type { Command, Option } from "commander";
import type { DiagnoseOptions } from "../diagnose/diagnose-options.js";
import { diagnoseSettings } from "../diagnose/experiment/settings.js";
import {
  type DecodingFlags,
  decodingFlagOptions,
  decodingOptions,
  deviceFlagOptions,
  integerOption,
  modelOption,
  numberOption,
  option,
} from "./decoding-flags.js";

/** The flags of `diagnose`, as commander hands them over. `--no-x` gives `x: false`, else true. */
export interface DiagnoseFlags extends DecodingFlags {
  model?: string;
  audio?: string[];
  blocks?: number;
  maxBlocks?: number;
  timeLimit?: number;
  compareWith?: string;
  seed?: number;
  journal?: string;
  resume?: true;
  fresh?: true;
  backend?: string;
  device?: number;
  flashAttention: boolean;
  fromLog?: string;
  report?: string[];
  json?: true;
  quiet?: true;
}

/** What the experiment is told, except for what belongs to one run: journal, signal and progress. */
export type ExperimentOptions = Omit<
  DiagnoseOptions,
  "journal" | "resume" | "signal" | "onProgress"
>;

/** Flags that an experiment and a log have in common. */
const SHARED: readonly string[] = ["fromLog", "report", "json", "quiet"];

/** The options that become `DiagnoseFlags`, in the groups of the help. */
export function diagnoseFlagOptions(): Option[] {
  const group = (heading: string, options: Option[]) =>
    options.map((each) => each.helpGroup(heading));
  return [
    ...group("What is measured:", [
      modelOption(),
      option(
        "-a, --audio <path...>",
        "files, or folders of them, that clips are cut from (default: embedded samples)",
      ),
      option(
        "--compare-with <model|addon.node>",
        "another model or build of the addon, measured side by side",
      ),
    ]),
    ...group("How long:", [
      integerOption("--blocks <n>", "so many blocks, 4 to 10000, and one verdict at the end"),
      integerOption(
        "--max-blocks <n>",
        "until each hypothesis has a verdict, at most n blocks, 12 to 10000 (default: 60)",
      ),
      numberOption("--time-limit <minutes>", "begin no block after that (default: no limit)"),
      integerOption("--seed <n>", "order of arms and clips; same seed, same order"),
    ]),
    ...group("Journal:", [
      option(
        "--journal <file>",
        "where measurements are noted, to be kept (default: steady-whisper-diagnosis.jsonl beside the first report, or here; removed when all verdicts are there)",
      ),
      option("--resume", "go on with the journal's run: same model, audio and ways to transcribe"),
      option("--fresh", "forget a journal that is there, and begin anew"),
    ]),
    ...group("An existing log instead:", [
      option("--from-log <file>", "judge the jobs that a worker has logged; - is standard input"),
    ]),
    ...group("Results:", [
      option(
        "--report <file>",
        "write the report to a file too: .html (with plots), .md, .json or .txt; can be repeated",
      ).argParser((file: string, before: string[] = []) => [...before, file]),
      option("--json", "everything as JSON on stdout, not the report"),
      option("-q, --quiet", "no progress on stderr, only failures"),
    ]),
    ...group("How to transcribe:", [...decodingFlagOptions(), ...deviceFlagOptions()]),
  ];
}

/** Calls `usage` where flags contradict each other. */
export function checkFlags(
  command: Command,
  flags: DiagnoseFlags,
  usage: (message: string) => never,
): void {
  if (flags.fromLog !== undefined) {
    for (const each of command.options) {
      const name = each.attributeName();
      if (SHARED.includes(name) || command.getOptionValueSource(name) !== "cli") continue;
      usage(`${each.long} is of measurements: leave it out with --from-log`);
    }
  }
  if (flags.blocks !== undefined && flags.maxBlocks !== undefined) {
    usage("--blocks runs exactly so many: leave --max-blocks out");
  }
  if (flags.resume && flags.fresh) usage("--resume goes on, and --fresh begins anew: not both");
}

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`, before anything has been loaded or read */
export function experimentOptions(flags: DiagnoseFlags): ExperimentOptions {
  const { threads, ...options } = decodingOptions(flags);
  const experiment = {
    backend: flags.backend as DiagnoseOptions["backend"],
    device: flags.device,
    flashAttention: flags.flashAttention ? undefined : false,
    model: flags.model,
    audio: flags.audio,
    blocks: flags.blocks,
    maxBlocks: flags.maxBlocks,
    timeLimitMinutes: flags.timeLimit,
    compareWith: flags.compareWith,
    seed: flags.seed,
    threads,
    options,
  };
  diagnoseSettings(experiment);
  return experiment;
}
