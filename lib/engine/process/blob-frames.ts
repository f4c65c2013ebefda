// Blobs on the pipe: frames of at most a MiB, each with the number of its blob, so that one can be given up half-way, and
// the whole length, so that the receiver can take its memory at once.

/** Number of the blob (u32), bytes in this frame (u32), bytes of the whole blob (f64). */
export const HEADER_BYTES = 16;

/** The pipe, in the child. */
export const BLOB_FD = 4;

export const MAX_FRAME_BYTES = 2 ** 20;

/** As the whole length: the blob is given up, nothing more comes of it. */
export const GIVEN_UP = -1;

export interface FrameHeader {
  readonly blob: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export function writeHeader(frame: Buffer, { blob, bytes, totalBytes }: FrameHeader): void {
  frame.writeUInt32LE(blob, 0);
  frame.writeUInt32LE(bytes, 4);
  frame.writeDoubleLE(totalBytes, 8);
}

export function readHeader(frame: Buffer): FrameHeader {
  return {
    blob: frame.readUInt32LE(0),
    bytes: frame.readUInt32LE(4),
    totalBytes: frame.readDoubleLE(8),
  };
}
