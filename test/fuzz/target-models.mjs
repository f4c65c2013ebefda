// Models: the micro model with some of its bytes changed, in its structure and in its weights. Refused, or loaded, and
// then it runs, whatever nonsense it says.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { WhisperContext } from "../../dist/index.js";
import { changed, spoken } from "./audio.mjs";
import { call } from "./calls.mjs";
import { contextOptions } from "./options.mjs";
import { anything } from "./values.mjs";

const model = readFileSync(new URL("../../models/micro/micro-q5_0.bin", import.meta.url));
const tensors = tensorRecords();

/** Where each tensor's record begins, and its data. */
function tensorRecords() {
  const blockBytes = { 0: [1, 4], 1: [1, 2], 6: [32, 22] };
  let at = 48 + 8 + 80 * 201 * 4;
  const words = model.readInt32LE(at);
  at += 4;
  for (let i = 0; i < words; i++) at += 4 + model.readInt32LE(at);
  const found = [];
  while (at < model.length) {
    const [dimensions, nameLength, type] = [0, 4, 8].map((offset) =>
      model.readInt32LE(at + offset),
    );
    let elements = 1;
    for (let i = 0; i < dimensions; i++) elements *= model.readInt32LE(at + 12 + 4 * i);
    const data = at + 12 + 4 * dimensions + nameLength;
    const [block, bytes] = blockBytes[type];
    found.push({ at, data, end: data + (elements / block) * bytes });
    at = data + (elements / block) * bytes;
  }
  return found;
}

const place = fc.oneof(
  fc.nat(60), // the header
  fc.nat(model.length - 1),
  fc.constantFrom(...tensors).chain(({ at, data }) => fc.integer({ min: at, max: data + 8 })),
);

const structure = fc
  .array(fc.tuple(fc.constantFrom("set", "set", "set", "cut"), place, fc.nat(255)), {
    minLength: 1,
    maxLength: 3,
  })
  .map((changes) => changes.reduce(changed, Uint8Array.from(model)));

/** Weights that are no numbers, or far too large. */
const weights = fc
  .array(
    fc.tuple(
      fc.constantFrom(...tensors),
      fc.constantFrom(0x00, 0x7f, 0xff, 0x7e, 0xc8),
      fc.constantFrom(1, 2, 7, 1000),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((changes) => {
    const bytes = Uint8Array.from(model);
    for (const [{ data, end }, value, step] of changes) {
      for (let at = data; at < end; at += step) bytes[at] = value;
    }
    return bytes;
  });

export const input = fc.record({
  model: fc.oneof(
    { weight: 6, arbitrary: structure },
    { weight: 4, arbitrary: weights },
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 1, arbitrary: anything },
  ),
  options: fc.oneof(fc.constant({ backend: "cpu" }), contextOptions),
  strategy: fc.constantFrom("greedy", "beam"),
  temperature: fc.constantFrom(0, 0.4),
});

export async function run({ model: source, options, strategy, temperature }) {
  const context = await call("create()", async () => WhisperContext.create(source, options));
  if (context === undefined) return;
  try {
    const state = await call("createState()", async () => context.createState());
    if (state === undefined) return;
    const job = { threads: 1, maxTokens: 6, temperatureIncrement: 0, strategy, temperature };
    const audioContext = context.info.dtw ? 0 : 32;
    await call("transcribe()", async () =>
      state.transcribe(spoken, { ...job, audioContext, language: "en" }),
    );
  } finally {
    await call("free()", () => context.free());
  }
}
