// A model that costs what a released one does and always says the same: random weights, but for the decoder's positions.
// With random weights alone, every engine would hallucinate something else, for as long as it is let, and fall back to
// higher temperatures at its defaults; that would compare hallucinations.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomModel } from "../support/models.mjs";
import { halfToNumber } from "./half.mjs";
import { modelFile, readModelFile } from "./model-file.mjs";
import { quantised } from "./quantise.mjs";

/** About what a speaker says in 11 s. */
export const WORDS =
  "one two three four five six seven eight nine ten zero yes no left right hello stop start up down go one";

/** Where it says that they end, in s: at the audio's end, so that there is no second window. */
export const SPEECH_SECONDS = 11;

/** Of vocabularies with 51865 tokens. */
const END_OF_TEXT = 50257;
const ENGLISH = 50259;
const TRANSCRIBE = 50359;
const FIRST_TIMESTAMP = 50364;
const TIMESTAMPS_PER_SECOND = 50;

/** So large, next to what the decoder's layers add, that nothing else wins. */
const WEIGHT_OF_POSITION = 53;

/**
 * Path of the model, written once, then kept in the folder for temporary files.
 *
 * @param {"tiny" | "base"} size
 * @param {"f16" | "q5_0" | "q8_0"} type
 */
export function speakingModel(size, type) {
  const file = path.join(tmpdir(), `steady-whisper-speaking-${size}-${type}-v1.bin`);
  if (existsSync(file)) return file;
  const model = speaking(readModelFile(readFileSync(randomModel(size))));
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, modelFile(type === "f16" ? model : quantised(model, type)));
  renameSync(unfinished, file);
  return file;
}

export function describeSpeakingModel(size, type) {
  return `${size} dimensions, random weights, ${type}; always says ${WORDS.split(" ").length} words`;
}

/** The token that follows each position: of what is the prompt, too, as languages are detected by what follows the first. */
export function script(words) {
  const said = WORDS.split(" ").map((word) => {
    const id = words.indexOf(` ${word}`);
    if (id < 0) throw new Error(`"${word}" is no word of the model`);
    return id;
  });
  const end = FIRST_TIMESTAMP + SPEECH_SECONDS * TIMESTAMPS_PER_SECOND;
  return [ENGLISH, TRANSCRIBE, FIRST_TIMESTAMP, ...said, end, END_OF_TEXT];
}

/**
 * Each position's embedding is that of the token to come: the decoder's output, whose likeness to the tokens' embeddings
 * decides, then is near that of this token whatever its layers add.
 */
function speaking({ head, words, tensors }) {
  const named = (name) => tensors.find((tensor) => tensor.name === name);
  const tokens = named("decoder.token_embedding.weight");
  const positions = named("decoder.positional_embedding");
  const [length, count] = positions.shape;
  const following = script(words);
  const data = Buffer.alloc(positions.data.length);
  for (let position = 0; position < count; position++) {
    const token = following[position] ?? END_OF_TEXT;
    for (let i = 0; i < length; i++) {
      const value = halfToNumber(tokens.data.readUInt16LE(2 * (token * length + i)));
      data.writeFloatLE(WEIGHT_OF_POSITION * value, 4 * (position * length + i));
    }
  }
  return {
    head,
    tensors: tensors.map((tensor) => (tensor === positions ? { ...tensor, data } : tensor)),
  };
}
