/**
 * Every code that an error of this package can carry. Codes are stable: match on them, never on messages.
 *
 * Native code throws the same codes (native/core/coded_error.h).
 */
export type WhisperErrorCode =
  /** An option or argument has a wrong type or value. */
  | "ERR_WHISPER_INVALID_ARG"
  /** The native addon is missing or could not be loaded. */
  | "ERR_WHISPER_ADDON_NOT_FOUND"
  /** No model file at the given path, or a known model that hasn't been downloaded. */
  | "ERR_WHISPER_MODEL_NOT_FOUND"
  /** The model could not be read: permissions, I/O error, or it changed while it was loaded. */
  | "ERR_WHISPER_MODEL_READ"
  /** The file is not a whole, consistent ggml whisper model. */
  | "ERR_WHISPER_MODEL_INVALID"
  /** A model's name that is not in the list (`models list`). */
  | "ERR_WHISPER_MODEL_UNKNOWN"
  /** A download failed: HTTP status, connection, size. */
  | "ERR_WHISPER_DOWNLOAD_FAILED"
  /** Downloaded bytes don't match the expected SHA-256 or SHA-1. */
  | "ERR_WHISPER_CHECKSUM_MISMATCH"
  /** The disk is full, or the cache folder can't be written. */
  | "ERR_WHISPER_CACHE_WRITE"
  /** The named backend, or a device of it, is not available. */
  | "ERR_WHISPER_BACKEND_UNAVAILABLE"
  /** Memory that the operation needs can't be had. */
  | "ERR_WHISPER_OUT_OF_MEMORY"
  /** The context or state has been freed, or was freed while the call was waiting or running. */
  | "ERR_WHISPER_FREED"
  /** The call was ended by its AbortSignal or by `cancel()`. */
  | "ERR_WHISPER_ABORTED"
  /** No audio file at the given path. */
  | "ERR_WHISPER_AUDIO_NOT_FOUND"
  /** The audio file or stream could not be read. */
  | "ERR_WHISPER_AUDIO_READ"
  /** A format that needs ffmpeg, or that nothing here can decode. */
  | "ERR_WHISPER_AUDIO_UNSUPPORTED"
  /** Broken or empty audio, or samples that are not finite numbers or beyond a magnitude of 1000. */
  | "ERR_WHISPER_AUDIO_INVALID"
  /** Audio beyond the length limit. */
  | "ERR_WHISPER_AUDIO_TOO_LONG"
  /** A log to be judged is missing, is a folder, or could not be read. */
  | "ERR_WHISPER_LOG_READ"
  /** The pool's queue holds `maxWaiting` jobs already: back-pressure, a server's 429. */
  | "ERR_WHISPER_QUEUE_FULL"
  /** The job waited for a slot for longer than `maxWaitMs`. */
  | "ERR_WHISPER_QUEUE_TIMEOUT"
  /** The job wasn't done `timeoutMs` after its submission. */
  | "ERR_WHISPER_JOB_TIMEOUT"
  /** The pool is closed or draining, or was closed before the job was done. */
  | "ERR_WHISPER_POOL_CLOSED"
  /** The pool has no context any more and could not load one; `cause` is the last failure. */
  | "ERR_WHISPER_POOL_FAILED"
  /**
   * The process that hosts an engine (isolation "process") has ended in the midst of its work, made no progress and was
   * ended, or could not be started. A job rejects with it only if that happened while it ran alone.
   */
  | "ERR_WHISPER_ENGINE_CRASHED"
  /** whisper.cpp reported a failure. */
  | "ERR_WHISPER_INFERENCE_FAILED"
  /** A defect of this package: please report it. */
  | "ERR_WHISPER_INTERNAL";

/**
 * Base class of every error that this package throws or rejects with.
 * `code` says what happened; `message` names the offending value and what to do.
 */
export class WhisperError extends Error {
  readonly code: WhisperErrorCode;

  constructor(code: WhisperErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A wrong option or argument. `argument` is its name as the caller wrote it. */
export class WhisperArgumentError extends WhisperError {
  readonly argument: string;

  constructor(argument: string, received: unknown, expected: string, options?: { cause?: unknown });
  /** @internal Native code's own message, which begins with the argument's name. */
  constructor(message: string);
  constructor(
    argument: string,
    received?: unknown,
    expected?: string,
    options?: { cause?: unknown },
  ) {
    super(
      "ERR_WHISPER_INVALID_ARG",
      expected === undefined
        ? argument
        : `${argument} must be ${expected}; received ${describe(received)}`,
      options,
    );
    this.argument = expected === undefined ? (argument.split(" ", 1)[0] ?? "") : argument;
  }
}

/** A model that can't be found, read, trusted or downloaded. */
export class WhisperModelError extends WhisperError {}

/** Audio that can't be found, read or decoded. */
export class WhisperAudioError extends WhisperError {}

/** A pool that is full, closed or failed, or a job that ran out of time. */
export class WhisperPoolError extends WhisperError {}

/** The process of an engine has ended by itself, or had to be ended. */
export class WhisperEngineError extends WhisperError {
  /** Its exit code; undefined if a signal ended it, or it didn't start. */
  readonly exitCode: number | undefined;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | undefined;
  /** The last lines that it has written: native code's own last words among them. */
  readonly log: readonly string[];

  constructor(
    message: string,
    how: {
      exitCode?: number | undefined;
      signal?: NodeJS.Signals | undefined;
      log?: readonly string[];
      cause?: unknown;
    } = {},
  ) {
    super(
      "ERR_WHISPER_ENGINE_CRASHED",
      message,
      how.cause === undefined ? {} : { cause: how.cause },
    );
    this.exitCode = how.exitCode;
    this.signal = how.signal;
    this.log = how.log ?? [];
  }
}

/** The call was ended on the caller's wish; `cause` is the signal's reason, or the one given to `cancel()`. */
export class WhisperAbortError extends WhisperError {
  constructor(message = "the job was aborted", options?: { cause?: unknown }) {
    super("ERR_WHISPER_ABORTED", message, options);
    // What the platform's own aborts are called, so that `error.name === "AbortError"` keeps working.
    this.name = "AbortError";
  }
}

/** A short, safe rendering of any value for a message: never longer than about 80 characters. */
export function describe(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object") {
    return typeof value === "function" || typeof value === "symbol"
      ? `a ${typeof value}`
      : String(value);
  }
  try {
    return `an instance of ${String(value.constructor?.name ?? "Object").slice(0, 60)}`;
  } catch {
    return "an object"; // a proxy or a getter of the caller's that throws
  }
}
