import { types } from "node:util";
import { describe, WhisperArgumentError, WhisperAudioError, WhisperError } from "../errors.js";
import { abortedBy, onAbort } from "./abort.js";
import { ByteCollector } from "./byte-collector.js";
import type { ByteStream } from "./input.js";
import { closeInput, isNodeStream, throwIfFailed } from "./unread-input.js";

/** One way to pull from, and to give up, each kind of stream. */
interface Source {
  next(): Promise<{ done?: boolean | undefined; value?: unknown }>;
  /** Makes the producer stop; never throws, and doesn't wait. */
  close(): void;
}

/**
 * All bytes of a stream. It begins to read before it returns, so that the stream's own errors have a listener.
 * The stream is destroyed when anything goes wrong: ERR_WHISPER_ABORTED, ERR_WHISPER_AUDIO_READ (the stream failed),
 * ERR_WHISPER_AUDIO_TOO_LONG (more than `maxBytes`), ERR_WHISPER_AUDIO_INVALID (no bytes), ERR_WHISPER_INVALID_ARG
 * (not a stream of bytes). Holds at most twice `maxBytes`, and that only while the pieces are joined.
 */
export async function collectBytes(
  stream: ByteStream,
  limits: { signal?: AbortSignal | undefined; maxBytes: number },
): Promise<Uint8Array> {
  const { signal, maxBytes } = limits;
  let source: Source | undefined;
  const collected = new ByteCollector();
  // One listener for the whole stream: racing each piece against a promise would keep a reaction per piece.
  let giveUp: ((error: Error) => void) | undefined;
  const unlisten = onAbort(signal, () => giveUp?.(abortedBy(signal)));
  try {
    const opened = openSource(stream);
    source = opened;
    for (;;) {
      const step = await new Promise<Awaited<ReturnType<Source["next"]>>>((resolve, reject) => {
        giveUp = reject;
        if (signal?.aborted) reject(abortedBy(signal));
        else opened.next().then(resolve, reject);
      });
      if (step.done) break;
      const piece = checkPiece(step.value);
      if (collected.length + piece.length > maxBytes) throw tooManyBytes(maxBytes);
      collected.push(piece);
    }
  } catch (error) {
    if (source === undefined) closeInput(stream);
    else source.close();
    if (error instanceof WhisperError) throw error;
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      `the audio stream failed: ${(error as Error)?.message ?? describe(error)}`,
      { cause: error },
    );
  } finally {
    unlisten();
  }
  if (collected.length === 0) {
    throw new WhisperAudioError("ERR_WHISPER_AUDIO_INVALID", "the audio stream is empty: 0 bytes");
  }
  return collected.take();
}

function checkPiece(piece: unknown): Uint8Array {
  if (types.isUint8Array(piece)) return piece;
  throw new WhisperArgumentError(
    "audio",
    piece,
    "a stream of Uint8Array or Buffer (no encoding set, not in object mode)",
  );
}

function tooManyBytes(maxBytes: number): WhisperAudioError {
  return new WhisperAudioError(
    "ERR_WHISPER_AUDIO_TOO_LONG",
    `the audio stream has more than ${maxBytes} bytes: pass a file, or raise \`maxBytes\``,
  );
}

function openSource(stream: ByteStream): Source {
  if ("getReader" in stream) {
    const reader = readerOf(stream);
    return {
      next: () => reader.read(),
      close: () => void (async () => reader.cancel())().catch(() => {}),
    };
  }
  throwIfFailed(stream);
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: async () => iterator.next(),
    close() {
      if (isNodeStream(stream)) closeInput(stream);
      // Behind a pending next() a generator's return() waits for ever: nobody waits for it here.
      else void (async () => iterator.return?.())().catch(() => {});
    },
  };
}

function readerOf(stream: Extract<ByteStream, { getReader: unknown }>) {
  try {
    return stream.getReader();
  } catch (cause) {
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_READ",
      "the audio stream is locked: somebody else is reading it",
      { cause },
    );
  }
}
