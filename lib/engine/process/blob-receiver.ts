import { outOfMemory } from "../../audio/validate.js";
import { WhisperAbortError } from "../../errors.js";
import { type Deferred, withResolvers } from "../../with-resolvers.js";
import { type FrameHeader, GIVEN_UP, HEADER_BYTES, readHeader } from "./blob-frames.js";

interface Incoming {
  readonly whole: Deferred<Uint8Array<ArrayBuffer>>;
  /** Undefined before the first frame, and when there was no memory for it. */
  bytes?: Uint8Array<ArrayBuffer>;
  received: number;
  /** Nothing more comes of it. */
  ended: boolean;
  taken: boolean;
}

/** The child's end of the pipe: joins frames to blobs, in memory that is taken once. */
export class BlobReceiver {
  readonly #blobs = new Map<number, Incoming>();
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #frame: FrameHeader | undefined;
  #frameBytes = 0;

  /** The blob with this number, once it is there. It is given out once. */
  take(blob: number): Promise<Uint8Array<ArrayBuffer>> {
    const incoming = this.#incoming(blob);
    incoming.taken = true;
    this.#forgetIfDone(blob, incoming);
    return incoming.whole.promise;
  }

  /** The next bytes of the pipe, cut anywhere. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length || this.#frameIsWhole(); ) {
      if (this.#frame === undefined) {
        const count = Math.min(HEADER_BYTES - this.#headerBytes, chunk.length - at);
        this.#header.set(chunk.subarray(at, at + count), this.#headerBytes);
        this.#headerBytes += count;
        at += count;
        if (this.#headerBytes === HEADER_BYTES) this.#begin(readHeader(this.#header));
      } else if (this.#frameIsWhole()) {
        this.#end(this.#frame);
      } else {
        const count = Math.min(this.#frame.bytes - this.#frameBytes, chunk.length - at);
        const incoming = this.#incoming(this.#frame.blob);
        incoming.bytes?.set(chunk.subarray(at, at + count), incoming.received);
        incoming.received += count;
        this.#frameBytes += count;
        at += count;
      }
    }
  }

  #frameIsWhole(): boolean {
    return this.#frame !== undefined && this.#frameBytes === this.#frame.bytes;
  }

  #begin(frame: FrameHeader): void {
    this.#headerBytes = 0;
    this.#frame = frame;
    this.#frameBytes = 0;
    const incoming = this.#incoming(frame.blob);
    if (frame.totalBytes === GIVEN_UP || incoming.received > 0) return;
    try {
      incoming.bytes = new Uint8Array(frame.totalBytes);
    } catch (cause) {
      incoming.whole.reject(outOfMemory(frame.totalBytes, cause));
    }
  }

  #end({ blob, totalBytes }: FrameHeader): void {
    this.#frame = undefined;
    const incoming = this.#incoming(blob);
    const { whole, bytes, received } = incoming;
    incoming.ended = totalBytes === GIVEN_UP || received === totalBytes;
    if (totalBytes === GIVEN_UP) whole.reject(new WhisperAbortError());
    else if (incoming.ended && bytes) whole.resolve(bytes);
    this.#forgetIfDone(blob, incoming);
  }

  #forgetIfDone(blob: number, { taken, ended }: Incoming): void {
    if (taken && ended) this.#blobs.delete(blob);
  }

  #incoming(blob: number): Incoming {
    let incoming = this.#blobs.get(blob);
    if (incoming === undefined) {
      incoming = { whole: withResolvers(), received: 0, ended: false, taken: false };
      incoming.whole.promise.catch(() => {}); // whoever takes it hears it
      this.#blobs.set(blob, incoming);
    }
    return incoming;
  }
}
