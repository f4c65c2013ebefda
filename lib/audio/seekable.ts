const BOX_HEADER_BYTES = 8;
const LARGE_BOX_HEADER_BYTES = 16;

/**
 * Real files have a handful of boxes before either of the two that matter. A hostile one could have millions of 8 bytes
 * each, and this runs on the JavaScript thread.
 */
const MOST_BOXES = 4_096;

/**
 * Whether a decoder has to jump about in these bytes: MP4, M4A, MOV and 3GP whose index ("moov") comes after the
 * sound ("mdat"). Everything else can be read from front to back.
 */
export function needsSeeking(bytes: Uint8Array): boolean {
  if (!isIsoMedia(bytes)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  for (let boxes = 0; boxes < MOST_BOXES && offset + BOX_HEADER_BYTES <= bytes.length; boxes++) {
    const type = boxType(bytes, offset);
    if (type === "moov") return false;
    if (type === "mdat") return true;
    const size = boxSize(view, offset);
    if (size < BOX_HEADER_BYTES) return true;
    offset += size;
  }
  return true;
}

function isIsoMedia(bytes: Uint8Array): boolean {
  return ["ftyp", "moov", "mdat", "wide", "free", "skip"].includes(boxType(bytes, 0));
}

function boxType(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset + 4, offset + BOX_HEADER_BYTES));
}

/** In bytes, header included; 0 when it can't be told. */
function boxSize(view: DataView, offset: number): number {
  const size = view.getUint32(offset);
  if (size !== 1) return size;
  if (offset + LARGE_BOX_HEADER_BYTES > view.byteLength) return 0;
  return Number(view.getBigUint64(offset + BOX_HEADER_BYTES));
}
