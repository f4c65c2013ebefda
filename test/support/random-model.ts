import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { micro } from "./micro.js";

/** Sizes of released models: states, layers of encoder and decoder. */
const sizes = { tiny: [384, 4], base: [512, 6] } as const;

/**
 * Path of a model file with the dimensions of a released model and random weights. It hallucinates: use it for time,
 * memory and robustness. Filters and vocabulary are the micro model's. Written once, then kept in the folder for
 * temporary files.
 */
export function randomModel(size: keyof typeof sizes): string {
  const path = join(tmpdir(), `steady-whisper-random-${size}-v1.bin`);
  if (existsSync(path)) return path;
  const unfinished = `${path}.${process.pid}`;
  const file = openSync(unfinished, "w");
  try {
    const [states, layers] = sizes[size];
    new RandomModel(file, states, layers).write();
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  return path;
}

const F32 = 0;
const F16 = 1;
const MELS = 80;
const AUDIO_CONTEXT = 1500;
const TEXT_CONTEXT = 448;
const VOCABULARY = 51_865;

class RandomModel {
  readonly #file: number;
  readonly #states: number;
  readonly #layers: number;
  #seed = 42;

  constructor(file: number, states: number, layers: number) {
    this.#file = file;
    this.#states = states;
    this.#layers = layers;
  }

  write(): void {
    const n = this.#states;
    writeSync(this.#file, this.#header());
    this.#random("encoder.positional_embedding", F32, 0.02, n, AUDIO_CONTEXT);
    this.#random("encoder.conv1.weight", F16, 0.1, 3, MELS, n);
    this.#constant("encoder.conv1.bias", 0, 1, n);
    this.#random("encoder.conv2.weight", F16, 0.05, 3, n, n);
    this.#constant("encoder.conv2.bias", 0, 1, n);
    this.#norm("encoder.ln_post");
    for (let i = 0; i < this.#layers; i++) this.#block(`encoder.blocks.${i}`, ["attn"]);
    this.#random("decoder.positional_embedding", F32, 0.3, n, TEXT_CONTEXT);
    this.#random("decoder.token_embedding.weight", F16, 0.15, n, VOCABULARY);
    this.#norm("decoder.ln");
    for (let i = 0; i < this.#layers; i++)
      this.#block(`decoder.blocks.${i}`, ["attn", "cross_attn"]);
  }

  /** Everything before the tensors: the micro model's, with other dimensions. */
  #header(): Buffer {
    const model = readFileSync(micro.f16);
    let end = 56 + model.readInt32LE(48) * model.readInt32LE(52) * 4;
    const words = model.readInt32LE(end);
    end += 4;
    for (let i = 0; i < words; i++) end += 4 + model.readInt32LE(end);
    const header = Buffer.from(model.subarray(0, end));
    const heads = this.#states / 64;
    const audio = [VOCABULARY, AUDIO_CONTEXT, this.#states, heads, this.#layers];
    const text = [TEXT_CONTEXT, this.#states, heads, this.#layers, MELS, F16];
    [...audio, ...text].forEach((value, index) => {
      header.writeInt32LE(value, 4 + 4 * index);
    });
    return header;
  }

  #block(prefix: string, attentions: string[]): void {
    const n = this.#states;
    const scale = n ** -0.5;
    for (const name of attentions.map((attention) => `${prefix}.${attention}`)) {
      this.#norm(`${name}_ln`);
      this.#random(`${name}.query.weight`, F16, 2 * scale, n, n);
      this.#constant(`${name}.query.bias`, 0, n);
      this.#random(`${name}.key.weight`, F16, 2 * scale, n, n);
      this.#random(`${name}.value.weight`, F16, scale, n, n);
      this.#constant(`${name}.value.bias`, 0, n);
      this.#random(`${name}.out.weight`, F16, scale, n, n);
      this.#constant(`${name}.out.bias`, 0, n);
    }
    this.#norm(`${prefix}.mlp_ln`);
    this.#random(`${prefix}.mlp.0.weight`, F16, scale, n, 4 * n);
    this.#constant(`${prefix}.mlp.0.bias`, 0, 4 * n);
    this.#random(`${prefix}.mlp.2.weight`, F16, scale / 2, 4 * n, n);
    this.#constant(`${prefix}.mlp.2.bias`, 0, n);
  }

  #norm(name: string): void {
    this.#constant(`${name}.weight`, 1, this.#states);
    this.#constant(`${name}.bias`, 0, this.#states);
  }

  #constant(name: string, value: number, ...shape: number[]): void {
    this.#tensor(name, F32, shape, new Float32Array(product(shape)).fill(value));
  }

  /** Values from a table of quantiles of the normal distribution. */
  #random(name: string, type: number, scale: number, ...shape: number[]): void {
    const table = quantiles().map((value) => value * scale);
    const values = type === F16 ? Uint16Array.from(table, halfBits) : Float32Array.from(table);
    const data = type === F16 ? new Uint16Array(product(shape)) : new Float32Array(product(shape));
    let state = this.#seed++;
    for (let i = 0; i < data.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      data[i] = values[(state >>> 8) & 4095] as number;
    }
    this.#tensor(name, type, shape, data);
  }

  #tensor(name: string, type: number, shape: number[], data: Uint16Array | Float32Array): void {
    const head = Int32Array.of(shape.length, name.length, type, ...shape);
    writeSync(this.#file, new Uint8Array(head.buffer));
    writeSync(this.#file, name);
    const bytes = new Uint8Array(data.buffer);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
  }
}

function product(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** 4096 values that are distributed normally: Box-Muller on a grid. */
function quantiles(): number[] {
  return Array.from({ length: 4096 }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(((i % 64) + 0.5) / 64));
    return radius * Math.cos((2 * Math.PI * (Math.floor(i / 64) + 0.5)) / 64);
  });
}

/** A number as IEEE half precision, for magnitudes that are normal there. */
function halfBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  const exponent = ((bits >>> 23) & 255) - 112;
  if (exponent <= 0) return (bits >>> 16) & 0x8000;
  return ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
