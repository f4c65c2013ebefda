import { abortedBy, checkSignal, onAbort, throwIfAborted } from "./audio/abort.js";
import { loadAudio } from "./audio/decode.js";
import type { AudioInput } from "./audio/input.js";
import { closeInput, guardInput } from "./audio/unread-input.js";
import { stableView } from "./audio/validate.js";
import { WhisperError } from "./errors.js";
import type { NativeActivity, NativeResult, NativeState } from "./native/binding.js";
import { fromNative } from "./native/errors.js";
import { reading } from "./option-checks.js";
import { type DetectLanguageOptions, decodingParams, type TranscribeOptions } from "./options.js";
import { StateQueue } from "./state-queue.js";
import { Transcription } from "./transcription.js";
import type { JobTiming, LanguageResult, Segment, StateInfo, TranscribeResult } from "./types.js";

/** What one job needs on its way through the state. */
interface JobRequest {
  kind: "transcribe" | "detect";
  audio: AudioInput;
  options: TranscribeOptions;
  /** Of native code; throws for wrong options. */
  params: () => object;
  /** Ends the job: the caller's signal, `cancel()` and `free()` come together here. */
  controller: AbortController;
  onSegments?: (segments: Segment[]) => void;
}

interface JobEnd {
  result: NativeResult;
  timing: JobTiming;
}

/**
 * A decoder state: caches, buffers and random generators, with one OS thread that all of its jobs run on. Made by
 * `context.createState()`.
 *
 * Jobs on one state run one after the other, in the order of the calls. A job leaves traces that can change later
 * results; `reset()` removes them. Free a state with `free()` or `await using`; one that is forgotten is freed when it
 * is garbage-collected.
 */
export class WhisperState {
  readonly #native: NativeState;
  readonly #queue = new StateQueue();
  // Aborted by free(), the state's own and the context's: what hasn't reached native code yet must end as well.
  readonly #freeing = new AbortController();
  readonly #contextFreeing: AbortSignal;
  #freed: Promise<void> | undefined;

  private constructor(handle: NativeState, contextFreeing: AbortSignal) {
    this.#native = handle;
    this.#contextFreeing = contextFreeing;
  }

  /** @internal */
  static of(handle: NativeState, contextFreeing: AbortSignal): WhisperState {
    return new WhisperState(handle, contextFreeing);
  }

  /** Sizes, creation and reset times, as of the last finished request. */
  get info(): StateInfo {
    return this.#native.info();
  }

  /**
   * What it does right now.
   * @internal
   */
  activity(): NativeActivity {
    return this.#native.activity();
  }

  /**
   * Transcribes audio. Await the handle for the result, iterate it for segments as they are decoded.
   *
   * The handle rejects with `WhisperArgumentError` (`ERR_WHISPER_INVALID_ARG`), `WhisperAudioError`
   * (`ERR_WHISPER_AUDIO_*`), `WhisperAbortError` (`ERR_WHISPER_ABORTED`), or `WhisperError` (`ERR_WHISPER_FREED`,
   * `ERR_WHISPER_OUT_OF_MEMORY`, `ERR_WHISPER_INFERENCE_FAILED`, `ERR_WHISPER_INTERNAL`; where a state that failed has to
   * be replaced first, `ERR_WHISPER_BACKEND_UNAVAILABLE`).
   *
   * @param audio See {@link AudioInput}. It is read after the call has returned, when at most one earlier request is
   *   left: leave samples and bytes unchanged until the job has settled.
   * @param options Defaults are documented with each one: {@link TranscribeOptions}.
   */
  transcribe(audio: AudioInput, options: TranscribeOptions = {}): Transcription {
    const controller = new AbortController();
    return Transcription.of(
      (onSegments) => this.#transcribe({ audio, options, controller }, onSegments),
      // Bound rather than closed over: a handle that is kept for its result must not keep the audio.
      controller.abort.bind(controller),
    );
  }

  /**
   * `transcribe()` for a caller that wants segments by a function.
   * @internal
   */
  transcribeTo(
    audio: AudioInput,
    options: TranscribeOptions,
    onSegments: (segments: readonly Segment[]) => void,
  ): Promise<TranscribeResult> {
    return this.#transcribe({ audio, options, controller: new AbortController() }, onSegments);
  }

  /**
   * Detects the language of the first 30 s. Needs a multilingual model: another one is `ERR_WHISPER_INVALID_ARG`.
   *
   * Rejects with the same errors as `transcribe()`, and with `ERR_WHISPER_AUDIO_INVALID` for less than 102.5 ms of audio.
   *
   * @param audio As for `transcribe()`.
   */
  async detectLanguage(
    audio: AudioInput,
    options: DetectLanguageOptions = {},
  ): Promise<LanguageResult> {
    const { result, timing } = await this.#run({
      kind: "detect",
      ...{ audio, options, controller: new AbortController() },
      params: () => ({ ...decodingParams(options, ["threads"]), language: "auto" }),
    });
    const { language, languageProb, languageProbs, audioDurationMs } = result;
    if (languageProb === undefined || languageProbs === undefined) {
      throw new WhisperError(
        "ERR_WHISPER_AUDIO_INVALID",
        `audio must be at least 100 ms long to tell its language; received ${audioDurationMs} ms`,
      );
    }
    return { language, languageProb, languageProbs, audioDurationMs, timing };
  }

  /**
   * Makes the state as new, in place: results after it are bit-identical to a new state's. Buffers stay where they
   * are, except a cache that several decoders have made grow. Waits for earlier requests.
   *
   * @throws {WhisperError} `ERR_WHISPER_FREED`, `ERR_WHISPER_OUT_OF_MEMORY`; where a state that failed is replaced, also
   *   `ERR_WHISPER_BACKEND_UNAVAILABLE`, `ERR_WHISPER_INFERENCE_FAILED`
   */
  async reset(): Promise<void> {
    this.#checkUsable();
    const controller = new AbortController();
    await this.#untilFreed(controller, () =>
      this.#queue.run(
        async () => throwIfAborted(controller.signal),
        () => this.#native.reset(),
      ),
    );
  }

  /**
   * Ends what the state does and what waits for it (jobs and resets reject with `ERR_WHISPER_FREED`), frees its memory
   * and ends its thread. Resolves when that is done. Calling it again returns the same promise.
   */
  free(): Promise<void> {
    this.#freed ??= this.#free();
    return this.#freed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.free();
  }

  async #free(): Promise<void> {
    this.#freeing.abort();
    try {
      await this.#native.free();
    } catch (error) {
      throw fromNative(error);
    }
  }

  async #transcribe(
    job: Pick<JobRequest, "audio" | "options" | "controller">,
    onSegments: (segments: Segment[]) => void,
  ): Promise<TranscribeResult> {
    const segments: Segment[] = [];
    const { result, timing } = await this.#run({
      ...job,
      kind: "transcribe",
      params: () => decodingParams(job.options),
      onSegments: (batch) => {
        segments.push(...batch);
        onSegments(batch);
      },
    });
    const text = segments
      .map((segment) => segment.text)
      .join("")
      .trim();
    return { text, segments, ...result, timing };
  }

  async #run(request: JobRequest): Promise<JobEnd> {
    const { audio, options, controller } = request;
    let unlisten = () => {};
    guardInput(audio);
    try {
      this.#checkUsable();
      const [params, signal] = reading("options", options, () => [
        request.params(),
        checkSignal(options.signal),
      ]);
      unlisten = onAbort(signal, () => controller.abort(signal?.reason));
      return await this.#untilFreed(controller, () => this.#inTurn(request, params));
    } catch (error) {
      closeInput(audio); // no effect on one that has been read
      throw error;
    } finally {
      unlisten();
    }
  }

  /** Loads the audio when it is let in, and runs the job in its turn. */
  async #inTurn(request: JobRequest, params: object): Promise<JobEnd> {
    const { audio, options, controller } = request;
    const { maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } = options;
    const called = performance.now();
    let letIn = called;
    let loaded = called;
    let handedOver = called;
    const result = await this.#queue.run(
      async () => {
        throwIfAborted(controller.signal);
        letIn = performance.now();
        const samples = await loadAudio(audio, {
          ...{ maxDurationMs, maxBytes, ffmpeg, sampleRate, channels },
          signal: controller.signal,
        });
        loaded = samples === audio ? letIn : performance.now();
        return samples;
      },
      (samples) => {
        throwIfAborted(controller.signal);
        handedOver = performance.now();
        return this.#handOver(request, params, stableView(samples, "audio"));
      },
    );
    const waitedMs = letIn - called + (handedOver - loaded);
    const waitMs = waitedMs + result.timing.waitMs;
    return { result, timing: { decodeAudioMs: loaded - letIn, ...result.timing, waitMs } };
  }

  async #handOver(
    request: JobRequest,
    params: object,
    samples: Float32Array,
  ): Promise<NativeResult> {
    const { signal } = request.controller;
    const { onProgress } = request.options;
    const { id, promise } = this.#native.run(
      request.kind,
      samples,
      params,
      request.onSegments,
      onProgress && ((percent) => onProgress(percent / 100)),
    );
    const unlisten = onAbort(signal, () => this.#native.cancel(id));
    try {
      const result = await promise;
      throwIfAborted(signal);
      return result;
    } finally {
      unlisten();
    }
  }

  /**
   * Settles like `work`, or rejects as soon as `controller` aborts, whatever `work` waits for. Aborts it when the state
   * or its context is freed.
   */
  async #untilFreed<Value>(
    controller: AbortController,
    work: () => Promise<Value>,
  ): Promise<Value> {
    const { signal } = controller;
    let freed = false;
    const onFree = () => {
      freed ||= !signal.aborted;
      controller.abort();
    };
    const unlisten = [this.#freeing.signal, this.#contextFreeing].map((s) => onAbort(s, onFree));
    try {
      return await untilAborted(signal, work());
    } catch (error) {
      throw freed ? freedError() : fromNative(error, signal);
    } finally {
      for (const take of unlisten) take();
    }
  }

  #checkUsable(): void {
    if (this.#freeing.signal.aborted || this.#contextFreeing.aborted) throw freedError();
  }
}

function freedError(): WhisperError {
  return new WhisperError(
    "ERR_WHISPER_FREED",
    "the state has been freed; create a new one with context.createState()",
  );
}

/** Settles like `promise`, or rejects as soon as `signal` is aborted. */
function untilAborted<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const unlisten = onAbort(signal, () => reject(abortedBy(signal, "the job")));
    promise.then(resolve, reject).finally(unlisten);
  });
}
