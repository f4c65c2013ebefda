// A language model of random weights, as a GGUF file: what llama.cpp loads and computes, in half a megabyte.

import { noise } from "../support/micro.js";

const EMBEDDING = 64;
const FEED_FORWARD = 128;
const HEADS = 4;
const LAYERS = 2;

// Of GGUF's types of values.
const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const STRING = 8;
const ARRAY = 9;
const ALIGNMENT = 32;

/** The file's bytes, the same each time: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
export function tinyLlama(): Buffer {
  const tokens = [
    "<unk>",
    "<s>",
    "</s>",
    ...Array.from({ length: 256 }, (_, byte) => byteToken(byte)),
  ];
  const out = new GgufWriter();
  const metadata: [name: string, type: number, value: number | string | (number | string)[]][] = [
    ["general.architecture", STRING, "llama"],
    ["llama.context_length", UINT32, 256],
    ["llama.embedding_length", UINT32, EMBEDDING],
    ["llama.block_count", UINT32, LAYERS],
    ["llama.feed_forward_length", UINT32, FEED_FORWARD],
    ["llama.attention.head_count", UINT32, HEADS],
    ["llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5],
    ["llama.rope.dimension_count", UINT32, EMBEDDING / HEADS],
    ["tokenizer.ggml.model", STRING, "llama"],
    ["tokenizer.ggml.tokens", STRING, tokens],
    ["tokenizer.ggml.scores", FLOAT32, tokens.map(() => 0)],
    // unknown, two control tokens, bytes
    ["tokenizer.ggml.token_type", INT32, tokens.map((_, id) => [2, 3, 3][id] ?? 6)],
    ["tokenizer.ggml.bos_token_id", UINT32, 1],
    ["tokenizer.ggml.eos_token_id", UINT32, 2],
    ["tokenizer.ggml.unknown_token_id", UINT32, 0],
  ];
  const tensors = tensorsOf(tokens.length);

  out.bytes(Buffer.from("GGUF"));
  out.uint32(3);
  out.uint64(tensors.length);
  out.uint64(metadata.length);
  for (const [name, type, value] of metadata) {
    out.value(STRING, name);
    if (Array.isArray(value)) {
      out.uint32(ARRAY);
      out.uint32(type);
      out.uint64(value.length);
      for (const element of value) out.value(type, element);
    } else {
      out.uint32(type);
      out.value(type, value);
    }
  }
  let offset = 0;
  for (const { name, shape } of tensors) {
    out.value(STRING, name);
    out.uint32(shape.length);
    for (const length of shape) out.uint64(length);
    out.uint32(0); // F32
    out.uint64(offset);
    offset += Math.ceil((4 * product(shape)) / ALIGNMENT) * ALIGNMENT;
  }
  tensors.forEach(({ name, shape }, seed) => {
    out.align();
    const isNorm = name.includes("norm");
    const numbers = isNorm
      ? new Float32Array(product(shape)).fill(1)
      : noise(product(shape) / 16_000, 0.3, seed + 1);
    out.bytes(Buffer.from(numbers.buffer));
  });
  out.align();
  return out.toBuffer();
}

/** Lengths of the dimensions, the innermost first. */
function tensorsOf(vocabulary: number): { name: string; shape: number[] }[] {
  const square = [EMBEDDING, EMBEDDING];
  const layers = Array.from({ length: LAYERS }, (_, layer) =>
    Object.entries({
      attn_norm: [EMBEDDING],
      attn_q: square,
      attn_k: square,
      attn_v: square,
      attn_output: square,
      ffn_norm: [EMBEDDING],
      ffn_gate: [EMBEDDING, FEED_FORWARD],
      ffn_up: [EMBEDDING, FEED_FORWARD],
      ffn_down: [FEED_FORWARD, EMBEDDING],
    }).map(([name, shape]) => ({ name: `blk.${layer}.${name}.weight`, shape })),
  );
  return [
    { name: "token_embd.weight", shape: [EMBEDDING, vocabulary] },
    { name: "output_norm.weight", shape: [EMBEDDING] },
    { name: "output.weight", shape: [EMBEDDING, vocabulary] },
    ...layers.flat(),
  ];
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

function product(lengths: number[]): number {
  return lengths.reduce((all, length) => all * length, 1);
}

class GgufWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  bytes(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  uint32(number: number): void {
    this.bytes(Buffer.from(Uint32Array.of(number).buffer));
  }

  uint64(number: number): void {
    this.bytes(Buffer.from(BigUint64Array.of(BigInt(number)).buffer));
  }

  value(type: number, value: number | string): void {
    if (typeof value === "string") {
      const text = Buffer.from(value);
      this.uint64(text.length);
      this.bytes(text);
    } else if (type === FLOAT32) {
      this.bytes(Buffer.from(Float32Array.of(value).buffer));
    } else {
      this.uint32(value);
    }
  }

  align(): void {
    this.bytes(Buffer.alloc((ALIGNMENT - (this.#length % ALIGNMENT)) % ALIGNMENT));
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
