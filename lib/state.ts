import { abortedBy, onAbort } from "./audio/abort.js";
import { loadAudio } from "./audio/decode.js";
import type { AudioInput } from "./audio/input.js";
import { WhisperArgumentError, WhisperError } from "./errors.js";
import type { NativeResult, NativeState } from "./native/binding.js";
import { fromNative } from "./native/errors.js";
import { type DetectLanguageOptions, decodingParams, type TranscribeOptions } from "./options.js";
import { Transcription } from "./transcription.js";
import type { JobTiming, LanguageResult, Segment, StateInfo } from "./types.js";

/** What one job needs on its way through the state. */
interface JobRequest {
  kind: "transcribe" | "detect";
  audio: AudioInput;
  options: TranscribeOptions;
  params: object;
  signal: AbortSignal;
  onSegments?: (segments: Segment[]) => void;
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
  // Requests reach native code in the order of the calls, although audio takes different times to decode.
  #lastRequest: Promise<unknown> = Promise.resolve();
  #freed: Promise<void> | undefined;

  /** @internal */
  constructor(handle: NativeState) {
    this.#native = handle;
  }

  /** Sizes, creation and reset times, as of the last finished request. */
  get info(): StateInfo {
    return this.#native.info();
  }

  /**
   * Transcribes audio. Await the handle for the result, iterate it for segments as they are decoded.
   *
   * @param audio See {@link AudioInput}. Samples and bytes are read after the call has returned: leave them unchanged
   *   until the job has settled.
   *
   * The handle rejects with `WhisperArgumentError` (`ERR_WHISPER_INVALID_ARG`), `WhisperAudioError`
   * (`ERR_WHISPER_AUDIO_*`), `WhisperAbortError` (`ERR_WHISPER_ABORTED`), or `WhisperError` (`ERR_WHISPER_FREED`,
   * `ERR_WHISPER_OUT_OF_MEMORY`, `ERR_WHISPER_INFERENCE_FAILED`).
   */
  transcribe(audio: AudioInput, options: TranscribeOptions = {}): Transcription {
    const controller = new AbortController();
    return new Transcription(
      async (onSegments) => {
        const params = decodingParams(options);
        const { result, decodeAudioMs } = await this.#run(
          { kind: "transcribe", audio, options, params, signal: controller.signal, onSegments },
          controller,
        );
        const text = result.segments
          .map((segment) => segment.text)
          .join("")
          .trim();
        return { text, ...result, timing: { decodeAudioMs, ...result.timing } };
      },
      (reason) => controller.abort(reason),
    );
  }

  /**
   * Detects the language of the first 30 s. Needs a multilingual model.
   *
   * Rejects with the same errors as `transcribe()`, and with `ERR_WHISPER_AUDIO_INVALID` for less than 0.1 s of audio.
   */
  async detectLanguage(
    audio: AudioInput,
    options: DetectLanguageOptions = {},
  ): Promise<LanguageResult> {
    const params = { ...decodingParams(options, ["threads"]), language: "auto" };
    const controller = new AbortController();
    const { result, decodeAudioMs } = await this.#run(
      { kind: "detect", audio, options, params, signal: controller.signal },
      controller,
    );
    const { language, languageProb, languageProbs, audioDurationMs } = result;
    if (languageProb === undefined || languageProbs === undefined) {
      throw new WhisperError(
        "ERR_WHISPER_AUDIO_INVALID",
        `audio must be at least 100 ms long to tell its language; received ${audioDurationMs} ms`,
      );
    }
    const timing: JobTiming = { decodeAudioMs, ...result.timing };
    return { language, languageProb, languageProbs, audioDurationMs, timing };
  }

  /**
   * Makes the state as new, in place: results after it are bit-identical to a new state's. Buffers stay where they
   * are, except a cache that several decoders have made grow. Waits for earlier requests.
   *
   * @throws {WhisperError} `ERR_WHISPER_FREED`, `ERR_WHISPER_OUT_OF_MEMORY`
   */
  reset(): Promise<void> {
    return this.#inOrder(Promise.resolve(), () => {
      this.#checkUsable();
      return this.#native.reset();
    });
  }

  /**
   * Ends what the state does (jobs reject with `ERR_WHISPER_FREED`), frees its memory and ends its thread. Resolves
   * when that is done. Calling it again returns the same promise.
   */
  free(): Promise<void> {
    this.#freed ??= this.#native.free();
    return this.#freed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.free();
  }

  async #run(
    request: JobRequest,
    controller: AbortController,
  ): Promise<{ result: NativeResult; decodeAudioMs: number }> {
    const outer = request.options.signal;
    if (outer !== undefined && !(outer instanceof AbortSignal)) {
      throw new WhisperArgumentError("signal", outer, "an AbortSignal");
    }
    const unlisten = onAbort(outer, () => controller.abort(outer?.reason));
    try {
      const started = performance.now();
      let decodeAudioMs = 0;
      const { maxDurationMs, maxBytes, ffmpeg, sampleRate, channels } = request.options;
      const samples = loadAudio(request.audio, {
        ...{ maxDurationMs, maxBytes, ffmpeg, sampleRate, channels },
        signal: request.signal,
      }).then((loaded) => {
        if (loaded !== request.audio) decodeAudioMs = performance.now() - started;
        return loaded;
      });
      const result = await this.#inOrder(
        samples,
        (loaded) => this.#submit(request, loaded),
        request.signal,
      );
      return { result, decodeAudioMs };
    } catch (error) {
      throw fromNative(error, request.signal);
    } finally {
      unlisten();
    }
  }

  /** Calls `start` when `ready` is fulfilled and every earlier request has been handed over. */
  async #inOrder<Input, Result>(
    ready: Promise<Input>,
    start: (input: Input) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const earlier = this.#lastRequest;
    let handedOver!: () => void;
    this.#lastRequest = new Promise<void>((resolve) => {
      handedOver = resolve;
    });
    try {
      const input = await untilAborted(
        signal,
        Promise.all([ready, earlier]).then(([value]) => value),
      );
      const result = start(input);
      handedOver();
      return await result;
    } catch (error) {
      earlier.then(handedOver);
      throw fromNative(error, signal);
    }
  }

  async #submit(request: JobRequest, samples: Float32Array): Promise<NativeResult> {
    this.#checkUsable();
    const { signal } = request;
    if (signal.aborted) throw abortedBy(signal, "the job");
    const { onProgress } = request.options;
    const { id, promise } = this.#native.run(
      request.kind,
      samples,
      request.params,
      request.onSegments,
      onProgress && ((percent) => onProgress(percent / 100)),
    );
    const unlisten = onAbort(signal, () => this.#native.cancel(id));
    try {
      const result = await promise;
      if (signal.aborted) throw abortedBy(signal, "the job");
      return result;
    } finally {
      unlisten();
    }
  }

  #checkUsable(): void {
    if (this.#freed) {
      throw new WhisperError(
        "ERR_WHISPER_FREED",
        "the state has been freed; create a new one with context.createState()",
      );
    }
  }
}

/** Settles like `promise`, or rejects as soon as `signal` is aborted. */
function untilAborted<Value>(
  signal: AbortSignal | undefined,
  promise: Promise<Value>,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const unlisten = onAbort(signal, () => reject(abortedBy(signal, "the job")));
    promise.then(resolve, reject).finally(unlisten);
  });
}
