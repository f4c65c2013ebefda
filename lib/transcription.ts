import type { Segment, TranscribeResult } from "./types.js";
import { withResolvers } from "./with-resolvers.js";

/** Runs a job that reports its segments as they are decoded. */
export type RunJob<Result> = (
  onSegments: (segments: readonly Segment[]) => void,
) => Promise<Result>;

/**
 * A running transcription: `await` it for the result, or `for await` its segments as they are decoded, or both.
 *
 * Every iteration starts at the first segment and ends with the last one, or throws what the result rejects with.
 * Decoding never waits for a reader: segments that nobody has read yet are kept.
 */
export class Transcription<Result = TranscribeResult>
  implements PromiseLike<Result>, AsyncIterable<Segment>
{
  /** The result; rejects with a `WhisperError`. */
  readonly result: Promise<Result>;

  readonly #segments: Segment[] = [];
  readonly #cancel: (reason?: unknown) => void;
  #changed = withResolvers<void>();
  #ended = false;

  /** @internal */
  protected constructor(run: RunJob<Result>, cancel: (reason?: unknown) => void) {
    this.#cancel = cancel;
    this.result = run((segments) => {
      this.#segments.push(...segments);
      this.#notify();
    }).finally(() => {
      this.#ended = true;
      this.#notify();
    });
  }

  /** @internal */
  static of<Result>(
    run: RunJob<Result>,
    cancel: (reason?: unknown) => void,
  ): Transcription<Result> {
    return new Transcription(run, cancel);
  }

  /**
   * Ends the job; the result rejects with `ERR_WHISPER_ABORTED`, with `reason` as its cause. No effect once it has
   * ended.
   */
  cancel(reason?: unknown): void {
    this.#cancel(reason);
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting the handle is its purpose
  then<Value = Result, Failure = never>(
    onFulfilled?: ((result: Result) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.result.then(onFulfilled, onRejected);
  }

  catch<Failure = never>(
    onRejected?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    return this.result.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<Result> {
    return this.result.finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Segment, void, undefined> {
    this.result.catch(() => {}); // an iteration reports the failure itself
    for (let next = 0; ; ) {
      const segment = this.#segments[next];
      if (segment !== undefined) {
        next += 1;
        yield segment;
      } else if (this.#ended) {
        await this.result;
        return;
      } else {
        await this.#changed.promise;
      }
    }
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = withResolvers<void>();
    resolve();
  }
}
