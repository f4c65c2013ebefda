// ggml's block formats, 32 weights of a row each, and the model files that whisper.cpp's own tool makes of them.

import { halfToNumber, numberToHalf } from "./half.mjs";
import { F16, TYPE_OFFSET } from "./model-file.mjs";

const BLOCK = 32;
const QUANTISATION_VERSION = 2;
/** What whisper.cpp's tool leaves as it is. */
const KEPT = ["encoder.positional_embedding", "decoder.positional_embedding"];

/**
 * `type`: of a tensor. `fileType`: of a file whose weights are of that type.
 */
export const FORMATS = {
  q5_0: { type: 6, fileType: 8, bytes: 22, encode: encodeQ5 },
  q8_0: { type: 8, fileType: 7, bytes: 34, encode: encodeQ8 },
};

/**
 * A model with its matrices of F16 in blocks of integers.
 *
 * @param {{ head: Buffer, tensors: import("./model-file.mjs").Tensor[] }} model
 * @param {keyof typeof FORMATS} name
 */
export function quantised({ head, tensors }, name) {
  const { type, fileType } = FORMATS[name];
  const newHead = Buffer.from(head);
  newHead.writeInt32LE(QUANTISATION_VERSION * 1000 + fileType, TYPE_OFFSET);
  const quantise = (tensor) =>
    tensor.type === F16 && tensor.shape.length === 2 && !KEPT.includes(tensor.name)
      ? { ...tensor, type, data: blocksOf(tensor.data, name) }
      : tensor;
  return { head: newHead, tensors: tensors.map(quantise) };
}

/**
 * @param {Buffer} halves  a multiple of 32 weights, so that no block goes over the end of a row
 * @param {keyof typeof FORMATS} name
 */
export function blocksOf(halves, name) {
  const { bytes, encode } = FORMATS[name];
  const blocks = halves.length / 2 / BLOCK;
  const data = Buffer.alloc(blocks * bytes);
  const weights = new Float64Array(BLOCK);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < BLOCK; i++) {
      weights[i] = halfToNumber(halves.readUInt16LE(2 * (block * BLOCK + i)));
    }
    encode(weights, data.subarray(block * bytes, (block + 1) * bytes));
  }
  return data;
}

/** A factor, then a signed byte for each weight. */
function encodeQ8(weights, block) {
  const factor = Math.max(...weights.map(Math.abs)) / 127;
  block.writeUInt16LE(numberToHalf(factor), 0);
  for (let i = 0; i < BLOCK; i++) {
    block.writeInt8(factor === 0 ? 0 : Math.round(weights[i] / factor), 2 + i);
  }
}

/** A factor, the fifth bits of all weights, then their lower four: of i and of i + 16 in a byte. */
function encodeQ5(weights, block) {
  const extreme = weights.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  const factor = extreme / -16;
  block.writeUInt16LE(numberToHalf(factor), 0);
  const of = (i) =>
    factor === 0 ? 16 : Math.min(31, Math.max(0, Math.floor(weights[i] / factor + 16.5)));
  let fifth = 0;
  for (let i = 0; i < BLOCK / 2; i++) {
    const low = of(i);
    const high = of(i + BLOCK / 2);
    block[6 + i] = (low & 15) | ((high & 15) << 4);
    fifth |= (low >> 4) << i;
    fifth |= (high >> 4) << (i + BLOCK / 2);
  }
  block.writeUInt32LE(fifth >>> 0, 2);
}
