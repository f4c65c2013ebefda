import { outOfMemory } from "./validate.js";

const BLOCK_BYTES = 2 ** 20;

/**
 * Joins pieces of any size into one buffer. Pieces are copied as they come (their owner may reuse them, and a million
 * tiny ones cost no more than one large one); blocks are let go as they are joined.
 */
export class ByteCollector {
  /** Bytes so far. */
  length = 0;
  #blocks: Buffer[] = [];
  #used = BLOCK_BYTES;

  push(piece: Uint8Array): void {
    let taken = 0;
    while (taken < piece.length) {
      const block = this.#blockWithRoom();
      const count = Math.min(piece.length - taken, BLOCK_BYTES - this.#used);
      block.set(piece.subarray(taken, taken + count), this.#used);
      this.#used += count;
      taken += count;
    }
    this.length += piece.length;
  }

  /** Everything, in memory of its own that starts at offset 0; the collector is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const blocks = this.#blocks;
    const length = this.length;
    this.#blocks = [];
    this.#used = BLOCK_BYTES;
    this.length = 0;
    const whole = allocate(length);
    let offset = 0;
    for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
      const count = Math.min(block.length, length - offset);
      whole.set(block.subarray(0, count), offset);
      offset += count;
    }
    return whole;
  }

  #blockWithRoom(): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#used < BLOCK_BYTES) return last;
    const block = allocate(BLOCK_BYTES);
    this.#blocks.push(block);
    this.#used = 0;
    return block;
  }
}

function allocate(bytes: number): Buffer<ArrayBuffer> {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch (cause) {
    throw outOfMemory(bytes, cause);
  }
}
