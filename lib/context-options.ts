import { checkSignal } from "./audio/abort.js";
import { WhisperArgumentError } from "./errors.js";
import type { NativeContextOptions } from "./native/binding.js";
import { boolean, type Check, checkEach, elsewhere, integer, oneOf } from "./option-checks.js";
import type { LogEntry } from "./types.js";

/**
 * Which decoder heads align tokens with audio: a preset by whisper-cli's name ("tiny.en", "large.v3.turbo", ...), the
 * heads of the top-most text layers, or a list of own heads.
 */
export type DtwOptions =
  | string
  | { topLayers: number }
  | { heads: readonly { layer: number; head: number }[] };

/** Options of `WhisperContext.create()`. */
export interface ContextOptions {
  /**
   * "auto" takes a GPU if there is a GPU backend that works, else the CPU, and says why (`onLog`,
   * `context.info.gpuBackends`). A named backend that isn't available is an error. Default: "auto".
   *
   * GPU backends are tried in a child process first, once per thread of JavaScript, so that a broken driver can't end this one; with
   * "cpu" none is looked at.
   */
  backend?: "auto" | "cpu" | "cuda" | "metal" | "vulkan" | undefined;
  /** Index among the devices of the backend; with "auto" among all GPUs (without any, only 0). Default: 0. */
  device?: number | undefined;
  /** Default: true, or false with `dtw`: whisper.cpp computes no DTW times with flash attention. */
  flashAttention?: boolean | undefined;
  /** Token times by dynamic time warping (`dtwMs`). Default: off. */
  dtw?: DtwOptions | undefined;
  /** Accept whisper.cpp's own test models, which have no weights. Default: false. */
  allowWeightless?: boolean | undefined;
  /**
   * Receives whisper.cpp's and ggml's log lines: those of this context and its states, and those that can't be
   * attributed to any (OpenMP and GPU threads). Default: none; nothing is ever written to stderr.
   */
  onLog?: ((entry: LogEntry) => void) | undefined;
  /** Ends loading with `ERR_WHISPER_ABORTED`. */
  signal?: AbortSignal | undefined;
}

const checks: Record<keyof ContextOptions, Check> = {
  backend: oneOf("auto", "cpu", "cuda", "metal", "vulkan"),
  device: integer(0, 1023),
  flashAttention: boolean,
  dtw: elsewhere,
  allowWeightless: boolean,
  onLog: (name, value) => {
    if (typeof value !== "function") throw new WhisperArgumentError(name, value, "a function");
  },
  signal: (_, value) => void checkSignal(value),
};

/** @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG` */
export function nativeContextOptions(options: ContextOptions): NativeContextOptions {
  checkEach(options, "options", checks);
  return {
    backend: options.backend ?? "auto",
    device: options.device ?? 0,
    flashAttention: options.flashAttention ?? options.dtw === undefined,
    allowWeightless: options.allowWeightless ?? false,
    ...nativeDtw(options.dtw),
  };
}

function nativeDtw(dtw: DtwOptions | undefined): Partial<NativeContextOptions> {
  if (dtw === undefined) return {};
  if (typeof dtw === "string") {
    if (dtw === "") throw new WhisperArgumentError("dtw", dtw, "a preset's name");
    return { dtwPreset: dtw };
  }
  if (hasOnly(dtw, "topLayers")) {
    const { topLayers } = dtw;
    integer(1, 64)("dtw.topLayers", topLayers);
    return { dtwTopLayers: topLayers as number };
  }
  const heads = hasOnly(dtw, "heads") ? dtw.heads : undefined;
  if (!Array.isArray(heads) || heads.length === 0 || heads.length > 1024) {
    throw new WhisperArgumentError("dtw", dtw, "a preset's name, { topLayers } or { heads }");
  }
  for (const item of heads) {
    if (!hasOnly(item, "layer", "head")) {
      throw new WhisperArgumentError("dtw.heads[]", item, "{ layer, head }");
    }
    integer(0, 63)("dtw.heads[].layer", item.layer);
    integer(0, 63)("dtw.heads[].head", item.head);
  }
  return { dtwHeads: heads.flatMap(({ layer, head }) => [layer, head]) };
}

function hasOnly<Name extends string>(
  value: unknown,
  ...names: Name[]
): value is Record<Name, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const own = Object.keys(value);
  return own.length === names.length && names.every((name) => own.includes(name));
}
