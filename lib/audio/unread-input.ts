import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";

// What is done with an input that isn't being read: yet, or ever. Nothing here throws or waits, whatever the input is.

/**
 * Gives up an input that nobody will read, so that no descriptor or socket stays open behind it: destroys a Node
 * stream, cancels a web stream unless somebody else reads it, calls an async iterator's return(). No effect on
 * other inputs.
 */
export function closeInput(input: unknown): void {
  try {
    if (isNodeStream(input)) {
      // Some streams report their own destruction as an error; nobody is left to hear it.
      input.on("error", () => {});
      settle(input.destroy());
    } else if (isWebStream(input)) {
      if (!input.locked) settle(input.cancel());
    } else if (isAsyncIterator(input)) {
      settle(input.return());
    }
  } catch {
    // The input's own code threw: there is no other way to make it stop.
  }
}

/** Whatever it comes to, nobody waits for it. */
function settle(result: unknown): void {
  Promise.resolve(result).catch(() => {});
}

/** The error that each guarded stream has failed with, once it has. */
const guarded = new WeakMap<object, { failure?: { error: unknown } }>();

/**
 * For an input that waits to be read: a Node stream that fails meanwhile would be an uncaughtException, as nobody
 * listens. The error is kept for `throwIfFailed()`. No effect on other inputs.
 */
export function guardInput(input: unknown): void {
  try {
    if (!isNodeStream(input) || guarded.has(input)) return;
    const kept: { failure?: { error: unknown } } = {};
    guarded.set(input, kept);
    input.on("error", (error) => {
      kept.failure ??= { error };
    });
  } catch {
    // No stream that could be read either: reading says so.
  }
}

/** Throws what a guarded stream failed with. Streams of the readable-stream package would just seem to be at their end. */
export function throwIfFailed(stream: object): void {
  const failure = guarded.get(stream)?.failure;
  if (failure !== undefined) throw failure.error;
}

export function isNodeStream(value: unknown): value is Readable {
  return isObject(value) && has(value, Symbol.asyncIterator, "on", "destroy");
}

function isWebStream(value: unknown): value is ReadableStream {
  return isObject(value) && has(value, "getReader", "cancel");
}

/** An iterable that is no iterator yet holds nothing that could be given up. */
function isAsyncIterator(value: unknown): value is Required<AsyncIterator<unknown>> {
  return isObject(value) && has(value, Symbol.asyncIterator, "next", "return");
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

function has(value: Record<PropertyKey, unknown>, ...methods: PropertyKey[]): boolean {
  return methods.every((name) => typeof value[name] === "function");
}
