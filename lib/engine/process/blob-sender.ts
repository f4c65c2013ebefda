import type { Writable } from "node:stream";
import pLimit from "p-limit";
import { abortedBy } from "../../audio/abort.js";
import { attachedView } from "../../audio/validate.js";
import { WhisperArgumentError } from "../../errors.js";
import { GIVEN_UP, HEADER_BYTES, MAX_FRAME_BYTES, writeHeader } from "./blob-frames.js";

type Blob = Float32Array | Int16Array | Uint8Array;

/**
 * The host's end of the pipe. A blob is copied frame by frame into one buffer that is used again, so it costs the host one
 * copy and a MiB, and what its owner does to it half-way (transfers it away, for example) can't reach the system call.
 */
export class BlobSender {
  readonly #pipe: Writable;
  readonly #sending = pLimit(1);
  #frame: Buffer | undefined;
  #blobs = 0;

  constructor(pipe: Writable) {
    this.#pipe = pipe;
    pipe.on("error", () => {}); // the child has gone: whoever waits hears it from the child's end
  }

  /** A number for a blob that is about to be sent. */
  next(): number {
    this.#blobs += 1;
    return this.#blobs;
  }

  /**
   * Resolves when all of it has been handed to the system, or the child has gone.
   *
   * @throws {WhisperAbortError} `ERR_WHISPER_ABORTED`
   * @throws {WhisperArgumentError} `ERR_WHISPER_INVALID_ARG`: the memory was transferred away
   */
  send(blob: number, data: Blob, signal: AbortSignal | undefined): Promise<void> {
    return this.#sending(async () => {
      try {
        await this.#sendAll(blob, data, signal);
      } catch (error) {
        await this.#write({ blob, bytes: 0, totalBytes: GIVEN_UP });
        throw error;
      }
    });
  }

  async #sendAll(blob: number, data: Blob, signal: AbortSignal | undefined): Promise<void> {
    const totalBytes = attachedView(data, "audio").byteLength;
    let offset = 0;
    // Of nothing, too: somebody waits for it.
    do {
      if (this.#pipe.destroyed) return;
      if (signal?.aborted) throw abortedBy(signal, "sending the audio");
      if (data.byteLength !== totalBytes) {
        throw new WhisperArgumentError("audio", data, "left as it is until the job has settled");
      }
      const bytes = Math.min(MAX_FRAME_BYTES, totalBytes - offset);
      const part = new Uint8Array(data.buffer, data.byteOffset + offset, bytes);
      await this.#write({ blob, bytes, totalBytes }, part);
      offset += bytes;
    } while (offset < totalBytes);
  }

  #write(header: Parameters<typeof writeHeader>[1], part?: Uint8Array): Promise<void> {
    this.#frame ??= Buffer.allocUnsafeSlow(HEADER_BYTES + MAX_FRAME_BYTES);
    const frame = this.#frame;
    writeHeader(frame, header);
    if (part) frame.set(part, HEADER_BYTES);
    return new Promise((resolve) => {
      // Called with an error too, when the child has gone.
      this.#pipe.write(frame.subarray(0, HEADER_BYTES + header.bytes), () => resolve());
    });
  }
}
