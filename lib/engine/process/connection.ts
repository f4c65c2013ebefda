import type { WhisperEngineError } from "../../errors.js";
import { fromNative } from "../../native/errors.js";
import type { LogEntry, Segment } from "../../types.js";
import { type Deferred, withResolvers } from "../../with-resolvers.js";
import type { BlobSender } from "./blob-sender.js";
import { ChildPort } from "./child-port.js";
import type { ChildMessage, HostMessage, RequestName, Requests } from "./protocol.js";
import { StallWatch } from "./stall-watch.js";

/** What comes of a request before its answer. */
export interface CallListeners {
  onSegments?: (segments: readonly Segment[]) => void;
  onProgress?: (fraction: number) => void;
}

/** A request that is under way. */
export interface PendingCall<Name extends RequestName> {
  /** What it makes in the child goes by this number. */
  readonly id: number;
  /** Rejects with the child's error, or with its end. */
  readonly answer: Promise<Requests[Name]["answer"]>;
}

interface Call extends CallListeners {
  readonly answer: Deferred<never>;
}

export interface ConnectionOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly script: string;
  /** A job that makes no progress, or a child that doesn't answer, for this time in ms is ended. */
  readonly stallMs: number;
  readonly onLog: ((entry: LogEntry, loading: boolean) => void) | undefined;
}

/** Looks at a child that is asked for something: this many times in `stallMs`, but not more often than every 25 ms. */
const LOOKS_PER_STALL = 8;
const MOST_MS_BETWEEN_LOOKS = 2000;
const LEAST_MS_BETWEEN_LOOKS = 25;

/** Requests to a child and their answers. Every request settles: with the child's answer, or with its end. */
export class Connection {
  /** Resolves when the child can be asked; rejects with its end. */
  readonly ready: Promise<void>;
  /** Resolves with how it ended, before the requests under way reject with that. */
  readonly ended: Promise<WhisperEngineError>;
  readonly watch: StallWatch;
  readonly #port: ChildPort;
  readonly #options: ConnectionOptions;
  readonly #ready = withResolvers<void>();
  readonly #calls = new Map<number, Call>();
  readonly #everyMs: number;
  #ids = 0;
  #looking: NodeJS.Timeout | undefined;
  #death: WhisperEngineError | undefined;

  /** @throws {WhisperEngineError} `ERR_WHISPER_ENGINE_CRASHED` */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#everyMs = Math.max(
      LEAST_MS_BETWEEN_LOOKS,
      Math.min(MOST_MS_BETWEEN_LOOKS, options.stallMs / LOOKS_PER_STALL),
    );
    this.watch = new StallWatch(options.stallMs, performance.now());
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // whoever waits for it hears it
    this.#port = new ChildPort(
      options.env,
      options.script,
      (message) => this.#received(message),
      () => clearTimeout(this.#looking),
    );
    this.ended = this.#port.ended.then((death) => {
      this.#death = death;
      // In a later turn: who listens to `ended` comes before the requests' callers.
      setImmediate(() => this.#rejectAll(death));
      return death;
    });
  }

  get pid(): number {
    return this.#port.pid;
  }

  /** Whether the child has ended, or is about to: it must not be asked for anything. */
  get gone(): boolean {
    return this.#port.gone;
  }

  get blobs(): BlobSender {
    return this.#port.blobs;
  }

  /** Asks the child. */
  call<Name extends RequestName>(
    name: Name,
    ask: Requests[Name]["ask"],
    listeners: CallListeners = {},
  ): PendingCall<Name> {
    this.#ids += 1;
    const id = this.#ids;
    if (this.#death) return { id, answer: Promise.reject(this.#death) };
    const answer = withResolvers<never>();
    if (this.#calls.size === 0) this.watch.restart(performance.now());
    this.#calls.set(id, { ...listeners, answer });
    this.#port.send({ id, name, ask } as HostMessage);
    this.#look();
    return { id, answer: answer.promise };
  }

  /** Says something that has no answer. */
  tell(message: HostMessage): void {
    this.#port.send(message);
  }

  kill(verdict: string): void {
    this.#port.kill(verdict);
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  #received(message: ChildMessage): void {
    if ("ready" in message) {
      this.#ready.resolve();
    } else if ("log" in message) {
      this.#options.onLog?.(message.log, message.loading);
    } else {
      const call = this.#calls.get(message.id);
      if (call === undefined) return;
      if ("segments" in message) {
        call.onSegments?.(message.segments);
      } else if ("progress" in message) {
        call.onProgress?.(message.progress);
      } else {
        this.#calls.delete(message.id);
        const settle = () => {
          if ("error" in message) call.answer.reject(fromNative(asError(message.error)));
          else call.answer.resolve(message.answer as never);
        };
        // Whoever reads segments has come to the last one before the result is there, though both may arrive together.
        if (call.onSegments) setImmediate(settle);
        else settle();
      }
    }
  }

  #rejectAll(death: WhisperEngineError): void {
    this.#ready.reject(death);
    for (const { answer } of this.#calls.values()) answer.reject(death);
    this.#calls.clear();
  }

  /** While something is waited for, the child is asked how it is; otherwise nothing is. */
  #look(): void {
    if (this.#looking !== undefined || this.gone) return;
    const askedAt = performance.now();
    this.#looking = setTimeout(() => {
      // What has arrived while this process was busy comes before a verdict.
      setImmediate(() => this.#judge(askedAt));
    }, this.#everyMs);
    this.#looking.unref();
  }

  #judge(askedAt: number): void {
    this.#looking = undefined;
    if (this.#calls.size === 0 || this.gone) return;
    const now = performance.now();
    // This process was stopped, or busy with something else: the child may have been as well, and its answers wait here.
    if (now - askedAt > 2 * this.#everyMs) this.watch.restart(now);
    const verdict = this.watch.verdict(now);
    if (verdict === undefined) this.#ping();
    else this.kill(verdict);
  }

  #ping(): void {
    this.call("ping", {}).answer.then(
      (activities) => {
        this.watch.answered(activities, performance.now());
        this.#look();
      },
      () => {}, // its end is everybody's
    );
  }
}

function asError({ code, message }: { code: string; message: string }): Error {
  return Object.assign(new Error(message), { code });
}
