import { WhisperAbortError } from "../errors.js";

/** The error of a call that `signal` ended; its `cause` is the signal's reason. */
export function abortedBy(
  signal: AbortSignal | undefined,
  what = "reading the audio",
): WhisperAbortError {
  return new WhisperAbortError(`${what} was aborted`, { cause: signal?.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedBy(signal);
}

/** Calls `listener` when `signal` aborts, at once if it has; the returned function takes it back. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener();
    return () => {};
  }
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
