import { resolve } from "node:path";
import { types } from "node:util";
import { checkSignal } from "../../audio/abort.js";
import { type ContextOptions, nativeContextOptions } from "../../context-options.js";
import { type EngineSettings, engineSettings } from "../../engine/process/settings.js";
import { WhisperArgumentError } from "../../errors.js";
import { EMBEDDED_MODEL } from "../../models/registry.js";
import {
  boolean,
  type Check,
  checkEach,
  copied,
  elsewhere,
  integer,
  number,
} from "../../option-checks.js";
import {
  DECODING_OPTIONS,
  type DecodingOptions,
  decodingParams,
  maxThreads,
} from "../../options.js";
import type { DiagnoseOptions } from "../diagnose-options.js";
import { embeddedSamples } from "./audio-files.js";

/** Options of `diagnose()`, checked and with their defaults. */
export interface DiagnoseSettings {
  readonly model: string | URL | Uint8Array | undefined;
  /** As it is called in reports. */
  readonly modelName: string;
  readonly context: ContextOptions;
  readonly engine: EngineSettings;
  readonly audio: readonly string[];
  readonly blocks: number | undefined;
  readonly maxBlocks: number;
  readonly timeLimitMs: number;
  readonly compareWith: string | undefined;
  /** With `threads`. */
  readonly decoding: DecodingOptions & { threads: number };
  /** As they were given. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Undefined: by the clock, or the journal's. */
  readonly seed: number | undefined;
  readonly journal: string | undefined;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: DiagnoseOptions["onProgress"];
}

/** The first look at a run that isn't of a fixed length is after 12 blocks. */
const LEAST_TO_A_VERDICT = 12;
const DEFAULT_MAX_BLOCKS = 60;
const MOST_BLOCKS = 10_000;

/** Seeds are whole numbers below this. */
export const SEEDS = 2 ** 31;

const callback: Check = (name, value) => {
  if (typeof value !== "function") throw new WhisperArgumentError(name, value, "a function");
};

const path: Check = (name, value) => {
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw new WhisperArgumentError(name, value, "a path that is not empty and holds no NUL");
  }
};

const checks: Record<keyof DiagnoseOptions, Check> = {
  ...{ model: elsewhere, backend: elsewhere, device: elsewhere, flashAttention: elsewhere },
  ...{ allowWeightless: elsewhere, audio: elsewhere, options: elsewhere, engine: elsewhere },
  blocks: integer(4, MOST_BLOCKS),
  maxBlocks: integer(LEAST_TO_A_VERDICT, MOST_BLOCKS),
  timeLimitMinutes: number(0.1, 100_000),
  compareWith: path,
  threads: integer(1, maxThreads),
  seed: integer(0, SEEDS - 1),
  journal: path,
  resume: boolean,
  signal: (_, value) => void checkSignal(value),
  onProgress: callback,
};

/** Options that the experiment itself decides on: what is decoded, in how many threads, and after which text. */
const OWN: ReadonlySet<string> = new Set([
  ...["threads", "maxTextContext", "noContext", "offsetMs", "durationMs"],
]);

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function diagnoseSettings(options: DiagnoseOptions): DiagnoseSettings {
  checkEach(options, "options", checks);
  const { backend, device, flashAttention, allowWeightless } = options;
  const context = { backend, device, flashAttention, allowWeightless };
  nativeContextOptions(context);
  const { blocks, maxBlocks = DEFAULT_MAX_BLOCKS, timeLimitMinutes, threads } = options;
  const { journal, resume = false, engine = {}, signal = new AbortController().signal } = options;
  if (resume && journal === undefined) {
    throw new WhisperArgumentError("resume", resume, "left out without a journal to go on with");
  }
  const given = decodingOptions(options.options ?? {});
  const decoding = decodingParams({ ...given, threads });
  return {
    ...{
      model: options.model,
      modelName: modelName(options.model),
      context,
      audio: audioPaths(options.audio),
      blocks,
      maxBlocks,
    },
    timeLimitMs:
      timeLimitMinutes === undefined ? Number.POSITIVE_INFINITY : timeLimitMinutes * 60e3,
    decoding: decoding as DiagnoseSettings["decoding"],
    ...{ compareWith: options.compareWith, given, seed: options.seed, resume, signal },
    engine: engineSettings(engine),
    journal: journal === undefined ? undefined : resolve(journal),
    onProgress: options.onProgress,
  };
}

/** Those that are given, checked, without what is undefined. */
function decodingOptions(options: object): Record<string, unknown> {
  const known: readonly string[] = DECODING_OPTIONS.filter((name) => !OWN.has(name));
  checkEach(options, "options", Object.fromEntries(known.map((name) => [name, elsewhere])));
  const { threads: _, ...params } = decodingParams(options);
  return params;
}

function audioPaths(given: DiagnoseOptions["audio"]): string[] {
  if (given === undefined) return embeddedSamples();
  const paths = Array.isArray(given) ? copied(given) : [given];
  if (paths.length === 0) throw new WhisperArgumentError("audio", given, "at least one path");
  for (const each of paths) path("audio", each);
  return paths as string[];
}

/** Whether what is compared is a build of the addon, rather than a model. */
export function isAddon(compareWith: string): boolean {
  return compareWith.endsWith(".node");
}

function modelName(model: DiagnoseSettings["model"]): string {
  if (model === undefined) return EMBEDDED_MODEL;
  if (types.isUint8Array(model)) return `${model.byteLength} bytes`;
  if (typeof model === "string") return model;
  if (typeof model?.href === "string") return model.href;
  throw new WhisperArgumentError("model", model, "a path, a file: URL, a name or bytes");
}
