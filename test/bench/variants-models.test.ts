// The models that bench/variants.mjs makes.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { halfToNumber, numberToHalf } from "../../bench/variants/half.mjs";
import {
  F16,
  F32,
  modelFile,
  readModelFile,
  TYPE_OFFSET,
} from "../../bench/variants/model-file.mjs";
import { blocksOf, FORMATS, quantised } from "../../bench/variants/quantise.mjs";
import { script, speakingModel, WORDS } from "../../bench/variants/speaking-model.mjs";
import { speech } from "../../bench/variants/speech.mjs";
import { WhisperContext } from "../../lib/index.js";
import { micro } from "../support/micro.js";

const halves = (values: readonly number[]) =>
  Buffer.from(Uint16Array.from(values, numberToHalf).buffer);

/** 64 weights, of both signs, in blocks whose largest are 1 and 0.02. */
const weights = Array.from({ length: 64 }, (_, i) => Math.sin(3 * i + 1) * (i < 32 ? 1 : 0.02));

/** What ggml reads out of a block. */
const decoders = {
  q8_0: (block: Buffer, factor: number) =>
    Array.from({ length: 32 }, (_, i) => factor * block.readInt8(2 + i)),
  q5_0: (block: Buffer, factor: number) =>
    Array.from({ length: 32 }, (_, i) => {
      const four = i < 16 ? Number(block[6 + i]) & 15 : Number(block[6 + i - 16]) >> 4;
      const fifth = (block.readUInt32LE(2) >>> i) & 1;
      return factor * (four + 16 * fifth - 16);
    }),
};

test("half precision: every number comes back, others become the nearest", () => {
  const normal = Array.from({ length: 0x7c00 - 0x400 }, (_, i) => 0x400 + i);
  expect(normal.map(halfToNumber).map(numberToHalf)).toEqual(normal);
  expect(numberToHalf(-1.5)).toBe(0xbe00);
  expect(halfToNumber(numberToHalf(1 + 0.6 / 1024))).toBe(1 + 1 / 1024);
  expect(halfToNumber(numberToHalf(2 - 0.1 / 1024))).toBe(2);
});

for (const [name, steps] of [
  ["q8_0", 127],
  ["q5_0", 16],
] as const) {
  test(`${name}: weights come back to within half a step`, () => {
    const { bytes } = FORMATS[name];
    const data = blocksOf(halves(weights), name);
    expect(data.length).toBe(2 * bytes);
    for (const at of [0, 1]) {
      const block = data.subarray(at * bytes, (at + 1) * bytes);
      const original = weights.slice(32 * at, 32 * at + 32);
      const step = Math.max(...original.map(Math.abs)) / steps;
      const read = decoders[name](block, halfToNumber(block.readUInt16LE(0)));
      for (const [i, value] of read.entries()) {
        // The factor is rounded, which is felt most at the largest; the last of q5_0's 32 steps has no room above it.
        expect(Math.abs(value - Number(original[i]))).toBeLessThan(
          name === "q5_0" ? 1.02 * step : 0.57 * step,
        );
      }
    }
  });
}

test("a model file that is read and written is the same", () => {
  const bytes = readFileSync(micro.f16);
  const model = readModelFile(bytes);
  expect(modelFile(model).equals(bytes)).toBe(true);
  expect(model.words[script(model.words)[3] as number]).toBe(" one");
});

test("quantised files keep vectors, positions and convolutions", () => {
  const model = readModelFile(readFileSync(micro.f16));
  const { head, tensors } = quantised(model, "q8_0");
  expect(head.readInt32LE(TYPE_OFFSET)).toBe(2007);
  const changed = tensors.filter(({ type }) => type === FORMATS.q8_0.type);
  expect(changed.length).toBeGreaterThan(20);
  for (const { name, shape } of tensors.filter(({ type }) => type === F32 || type === F16)) {
    expect(shape.length !== 2 || /bias|positional|weight$/.test(name)).toBe(true);
    expect(name).not.toMatch(/(query|key|value|out|mlp\.\d|token_embedding)\.weight/);
  }
});

test.for(["f16", "q8_0", "q5_0"] as const)("a model of %s says its words", async (type) => {
  await using context = await WhisperContext.create(speakingModel("tiny", type), {
    backend: "cpu",
  });
  const state = await context.createState();
  const { text, segments } = await state.transcribe(speech(), {
    ...{ language: "auto", audioContext: 256 },
  });
  expect(text.trim()).toBe(WORDS);
  expect(segments.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([[0, 11_000]]);
});
