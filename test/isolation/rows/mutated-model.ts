import { readFileSync } from "node:fs";
import { micro } from "../../support/micro.js";

const model = readFileSync(micro.q5_0);

const FILTERS_AT = 48;
const VOCABULARY_AT = FILTERS_AT + 8 + 80 * 201 * 4;
const TENSORS_AT = afterWords();

/** Where numbers of the model file lie. The vocabulary has 310 words, for 51865 tokens. */
export const at = {
  magic: 0,
  vocabulary: 4,
  audioContext: 8,
  audioState: 12,
  audioHeads: 16,
  audioLayers: 20,
  textContext: 24,
  textState: 28,
  textHeads: 32,
  textLayers: 36,
  mels: 40,
  fileType: 44,
  filterMels: FILTERS_AT,
  filterBins: FILTERS_AT + 4,
  words: VOCABULARY_AT,
  firstWordLength: VOCABULARY_AT + 4,
  /** Of the first tensor. */
  dimensions: TENSORS_AT,
  tensorType: TENSORS_AT + 8,
  rowLength: TENSORS_AT + 12,
} as const;

type Numbers = Partial<Record<keyof typeof at, number>>;

/** The embedded model with other numbers in these places. */
export function mutated(numbers: Numbers): Uint8Array {
  const bytes = Buffer.from(model);
  for (const [name, value] of Object.entries(numbers)) {
    bytes.writeInt32LE(value, at[name as keyof typeof at]);
  }
  return bytes;
}

/** The same, and it ends where the tensors begin: whisper.cpp takes that for a model for tests. */
export function weightless(numbers: Numbers = {}): Uint8Array {
  return mutated(numbers).subarray(0, TENSORS_AT);
}

export function half(): Uint8Array {
  return model.subarray(0, model.length >> 1);
}

/** Its first tensor has a name that no model knows. */
export function unknownTensor(): Uint8Array {
  const bytes = mutated({});
  bytes[at.rowLength + 4 * model.readInt32LE(at.dimensions)] = "z".charCodeAt(0);
  return bytes;
}

function afterWords(): number {
  let end = VOCABULARY_AT + 4;
  for (let i = 0; i < model.readInt32LE(VOCABULARY_AT); i++) end += 4 + model.readInt32LE(end);
  return end;
}
