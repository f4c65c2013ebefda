// whisper.cpp's model files: a header with the dimensions, filters, vocabulary, then the tensors, one after the other.

export const F32 = 0;
export const F16 = 1;
/** Where the header says which type the weights have. */
export const TYPE_OFFSET = 44;

const HEADER_BYTES = 48;

/**
 * @typedef {object} Tensor
 * @property {string} name
 * @property {number} type  ggml's
 * @property {number[]} shape  the row's length first
 * @property {Buffer} data
 */

/**
 * Parts of a model file of which every tensor is F32 or F16. Buffers are views of `bytes`.
 *
 * @param {Buffer} bytes
 * @returns {{ head: Buffer, words: string[], tensors: Tensor[] }} `head`: all before the tensors
 */
export function readModelFile(bytes) {
  let at = HEADER_BYTES;
  const int32 = () => {
    at += 4;
    return bytes.readInt32LE(at - 4);
  };
  const take = (length) => {
    at += length;
    return bytes.subarray(at - length, at);
  };

  take(int32() * int32() * 4); // filters
  const words = Array.from({ length: int32() }, () => take(int32()).toString());
  const head = bytes.subarray(0, at);

  const tensors = [];
  while (at < bytes.length) {
    const dimensions = int32();
    const nameLength = int32();
    const type = int32();
    if (type !== F32 && type !== F16) throw new Error(`tensors of type ${type} can't be read here`);
    const shape = Array.from({ length: dimensions }, int32);
    const name = take(nameLength).toString();
    const count = shape.reduce((a, b) => a * b, 1);
    tensors.push({ name, type, shape, data: take(count * (type === F32 ? 4 : 2)) });
  }
  return { head, words, tensors };
}

/**
 * @param {{ head: Buffer, tensors: Tensor[] }} model
 * @returns {Buffer}
 */
export function modelFile({ head, tensors }) {
  return Buffer.concat([
    head,
    ...tensors.flatMap(({ name, type, shape, data }) => [
      Buffer.from(Int32Array.of(shape.length, name.length, type, ...shape).buffer),
      Buffer.from(name),
      data,
    ]),
  ]);
}
