import { defaultMaxListeners, getMaxListeners, setMaxListeners } from "node:events";
import { WhisperAbortError, WhisperArgumentError } from "../errors.js";

/** `value` if it is an AbortSignal or undefined. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw new WhisperArgumentError("signal", value, "an AbortSignal");
}

/** The error of a call that `signal` ended; its `cause` is the signal's reason. */
export function abortedBy(
  signal: AbortSignal | undefined,
  what = "reading the audio",
): WhisperAbortError {
  return new WhisperAbortError(`${what} was aborted`, { cause: signal?.reason });
}

export function throwIfAborted(signal: AbortSignal | undefined, what?: string): void {
  if (signal?.aborted) throw abortedBy(signal, what);
}

/** Calls `listener` when `signal` aborts, at once if it has; the returned function takes it back. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    listener();
    return () => {};
  }
  liftListenerLimit(signal);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/**
 * One signal for thousands of waiting jobs is no leak, as each takes its listener back: without this, Node would warn of
 * the eleventh. A limit that somebody has set stays.
 */
function liftListenerLimit(signal: AbortSignal): void {
  try {
    if (getMaxListeners(signal) === defaultMaxListeners) setMaxListeners(0, signal);
  } catch {
    // Not Node's own AbortSignal (jsdom's, for example): it has no such limit.
  }
}
