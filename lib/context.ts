import { types } from "node:util";
import { abortedBy, onAbort, throwIfAborted } from "./audio/abort.js";
import { type ContextOptions, nativeContextOptions } from "./context-options.js";
import { WhisperError } from "./errors.js";
import { modelSourcePath } from "./model-source.js";
import type { NativeContext } from "./native/binding.js";
import { fromNative } from "./native/errors.js";
import { knownGpuBackends, loadGpuBackends } from "./native/gpu-backends.js";
import { native } from "./native/load.js";
import { reading } from "./option-checks.js";
import { WhisperState } from "./state.js";
import type { ContextInfo, DeviceMemory, GpuBackend } from "./types.js";
import { withResolvers } from "./with-resolvers.js";

/** What `signal` aborts. */
const LOADING = "loading the model";

/**
 * A loaded model: weights and vocabulary on one device, shared by any number of states. Loading takes from tenths of a
 * second to seconds, on a thread of its own.
 *
 * Free it with `free()` or `await using`; a context that is forgotten is freed when it is garbage-collected (unless its
 * `onLog` refers to it: listeners are kept as long as there may be something to tell them).
 */
export class WhisperContext {
  /** Facts about the model, and the device that is really used. Stays readable after `free()`. */
  readonly info: ContextInfo;

  readonly #native: NativeContext;
  readonly #freeing = new AbortController();
  #freed: Promise<void> | undefined;

  private constructor(handle: NativeContext, gpuBackends: readonly GpuBackend[]) {
    this.#native = handle;
    const { whisperVersion, cpuFeatures } = native().systemInfo();
    this.info = Object.freeze({ ...handle.info(), whisperVersion, cpuFeatures, gpuBackends });
  }

  /**
   * Loads a model.
   *
   * @param model Path or `file:` URL of a ggml whisper model, a well-known name that has been downloaded
   *   (`steady-whisper models`), or the bytes of a model file (copied). Default: the embedded micro model.
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`
   * @throws {WhisperModelError} `ERR_WHISPER_MODEL_NOT_FOUND`, `ERR_WHISPER_MODEL_UNKNOWN`, `ERR_WHISPER_MODEL_READ`,
   *   `ERR_WHISPER_MODEL_INVALID`
   * @throws {WhisperError} `ERR_WHISPER_BACKEND_UNAVAILABLE`, `ERR_WHISPER_OUT_OF_MEMORY`, `ERR_WHISPER_ABORTED`,
   *   `ERR_WHISPER_ADDON_NOT_FOUND`
   */
  static async create(
    model?: string | URL | Uint8Array,
    options: ContextOptions = {},
  ): Promise<WhisperContext> {
    const { nativeOptions, signal, onLog } = reading("options", options, () => ({
      nativeOptions: nativeContextOptions(options),
      signal: options.signal,
      onLog: options.onLog,
    }));
    const { backend } = nativeOptions;
    const bytes = types.isUint8Array(model);
    const path = bytes ? undefined : await modelSourcePath(model);
    const known = backend === "cpu" ? [] : knownGpuBackends();
    // The bytes may change as soon as this call has returned.
    const source = bytes ? (known ? plainBytes(model) : Uint8Array.from(model)) : (path as string);
    const gpuBackends = known ?? (await unlessAborted(loadGpuBackends(), signal));
    throwIfAborted(signal, LOADING);
    const binding = native();
    const token = binding.createCancelToken();
    for (const unused of backend === "auto" ? gpuBackends.filter(({ usable }) => !usable) : []) {
      onLog?.({ level: "warn", text: `the GPU backend isn't used: ${whyUnusable(unused)}` });
    }
    const takeBack = onAbort(signal, () => token.cancel());
    try {
      const handle = await binding.loadContext(
        source,
        nativeOptions,
        token,
        onLog && ((level, text) => onLog({ level, text })),
      );
      return new WhisperContext(handle, gpuBackends);
    } catch (error) {
      throw withRemedy(fromNative(error, signal), backend, gpuBackends);
    } finally {
      takeBack();
    }
  }

  /**
   * A new decoder state with a thread of its own. Takes 10 to 200 ms on a CPU, by the model's size.
   *
   * @throws {WhisperError} `ERR_WHISPER_OUT_OF_MEMORY`, `ERR_WHISPER_BACKEND_UNAVAILABLE` (the device can't be
   *   initialised), `ERR_WHISPER_INFERENCE_FAILED`, `ERR_WHISPER_FREED`
   */
  async createState(): Promise<WhisperState> {
    if (this.#freed) throw freedError();
    try {
      return WhisperState.of(await this.#native.createState(), this.#freeing.signal);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /**
   * Free and total memory, in bytes, of the GPU that this context's weights lie on, whoever uses it. Undefined for a
   * context on a CPU, where `availableMemory()` tells, and when the driver doesn't say. Takes about a millisecond, on a
   * thread of its own.
   *
   * There is no such figure of a GPU without a context on it: asking would initialise the device, or reset it below
   * whatever else in this process uses it.
   *
   * @throws {WhisperError} `ERR_WHISPER_FREED`, `ERR_WHISPER_OUT_OF_MEMORY` (no thread to be had)
   */
  async deviceMemory(): Promise<DeviceMemory | undefined> {
    if (this.#freed) throw freedError();
    try {
      return await this.#native.deviceMemory();
    } catch (error) {
      throw fromNative(error);
    }
  }

  /**
   * Frees the states of this context, whatever they are doing (their jobs reject with `ERR_WHISPER_FREED`), then the
   * weights. Resolves when the memory is back. Calling it again returns the same promise.
   */
  free(): Promise<void> {
    this.#freed ??= this.#free();
    return this.#freed;
  }

  async #free(): Promise<void> {
    this.#freeing.abort();
    try {
      await this.#native.free();
    } catch (error) {
      throw fromNative(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.free();
  }
}

function whyUnusable({ backend, reason, remedy }: GpuBackend): string {
  return `${backend}: ${reason} ${remedy}`;
}

/** What native code says of a device that isn't there, and what helps. */
function withRemedy(
  error: WhisperError,
  backend: string,
  gpuBackends: readonly GpuBackend[],
): WhisperError {
  if (error.code !== "ERR_WHISPER_BACKEND_UNAVAILABLE" || backend === "cpu") return error;
  const sentences = [`${error.message}.`];
  const beside = gpuBackends.filter((found) => backend === "auto" || found.backend === backend);
  sentences.push(...beside.filter(({ usable }) => !usable).map(whyUnusable));
  if (beside.length === 0 && backend !== "auto") {
    sentences.push(`There is no ${backend} backend beside the addon: ${howToGet(backend)}.`);
  }
  sentences.push(
    backend === "auto"
      ? "Name a device that is there."
      : 'Name a device that is there, or use backend "auto" or "cpu".',
  );
  return new WhisperError(error.code, sentences.join(" "), { cause: error });
}

function howToGet(backend: string): string {
  const mac = process.platform === "darwin";
  if (mac !== (backend === "metal") && backend !== "vulkan") {
    return mac ? "macOS has no CUDA" : "only macOS has Metal";
  }
  return `build it with \`npx steady-whisper build --${backend}\``;
}

/** What `promise` comes to, unless `signal` aborts first; `promise` goes on then. */
async function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = withResolvers<never>();
  const takeBack = onAbort(signal, () => reject(abortedBy(signal, LOADING)));
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    takeBack();
  }
}

function freedError(): WhisperError {
  return new WhisperError("ERR_WHISPER_FREED", "the context has been freed; load it again");
}

// A Buffer is a Uint8Array to native code too, but a view of shared memory may change while it is copied.
function plainBytes(bytes: Uint8Array): Uint8Array {
  return types.isSharedArrayBuffer(bytes.buffer) ? Uint8Array.from(bytes) : bytes;
}
