// Options of the public API: legal ones, which keep a job short, and ones with something hostile among them.

import fc from "fast-check";
import { anything, boom, number, text } from "./values.mjs";

const token = fc.integer({ min: 0, max: 51_864 });
const word = fc.constantFrom('"a"', '"one"', "[a-z]", "[^\\n]", '" two"', "[0-9]", "x", "y", '""');

/** Grammars that mostly parse, and are mostly taken. */
const grammar = fc.oneof(
  fc
    .array(fc.tuple(word, fc.constantFrom("", "*", "+", "?", " |")), {
      minLength: 1,
      maxLength: 8,
    })
    .map(
      (items) =>
        `root ::= ${items.map(([w, s]) => w + s).join(" ")} "."\nx ::= "b" y?\ny ::= [c-e]+ | x`,
    ),
  fc.constantFrom('root ::= " " [a-z ]+', 'root ::= "one" | "four"', "root ::= root", "root ::="),
  fc.string({ maxLength: 60 }).map((junk) => `root ::= ${junk}`),
);

const regex = fc.oneof(
  fc.constantFrom("[0-9]+", " ?(one|four)", "(.*)*b", "\\w+", "[[:alpha:]]{1,9}", "(", ".*"),
  fc.string({ maxLength: 12 }),
);

/** Legal values by name; most jobs have only a few of them. */
const legal = {
  strategy: fc.constantFrom("greedy", "beam"),
  bestOf: fc.integer({ min: 1, max: 8 }),
  beamSize: fc.integer({ min: 1, max: 8 }),
  language: fc.constantFrom("auto", "en", "de", "fr", "zh", "haw"),
  translate: fc.boolean(),
  temperature: fc.double({ min: 0, max: 1, noNaN: true }),
  temperatureIncrement: fc.constantFrom(0, 0.05, 0.2, 0.5, 1),
  entropyThreshold: fc.constantFrom(-1000, 0, 2.4, 1000),
  logprobThreshold: fc.constantFrom(-1000, -1, 0, 1000),
  noSpeechThreshold: fc.constantFrom(-1000, 0, 0.6, 1000),
  lengthPenalty: fc.constantFrom(-1000, -1, 0, 0.5, 1000),
  maxInitialTimestampS: fc.double({ min: 0, max: 30, noNaN: true }),
  prompt: fc.oneof(fc.constantFrom("", "one two", "Größe 日本 😀"), fc.string({ maxLength: 80 })),
  promptTokens: fc.array(token, { maxLength: 460 }),
  carryPrompt: fc.boolean(),
  noContext: fc.boolean(),
  maxTextContext: fc.constantFrom(0, 16, 17, 64, 16_384),
  offsetMs: fc.constantFrom(0, 1, 10, 100, 199),
  durationMs: fc.constantFrom(0, 1, 9, 10, 100, 86_400_000),
  noTimestamps: fc.boolean(),
  singleSegment: fc.boolean(),
  tokenTimestamps: fc.boolean(),
  timestampThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
  timestampSumThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
  maxLength: fc.constantFrom(0, 1, 5, 1_000_000),
  splitOnWord: fc.boolean(),
  suppressBlank: fc.boolean(),
  suppressNonSpeech: fc.boolean(),
  suppressRegex: regex,
  suppressTokens: fc.array(token, { maxLength: 100 }),
  tinydiarize: fc.boolean(),
  grammar,
  grammarRule: fc.constantFrom("root", "x", "y"),
  grammarPenalty: fc.constantFrom(0, 1, 100, 10_000),
  onProgress: fc.constantFrom(() => {}, boom),
  maxDurationMs: fc.constantFrom(1, 1000, 86_400_000),
  maxBytes: fc.constantFrom(1, 1000, 2 ** 30),
};

/** What keeps a job short. */
const small = fc.record({
  threads: fc.constantFrom(1, 1, 1, 2),
  maxTokens: fc.constantFrom(1, 2, 4, 8),
  audioContext: fc.constantFrom(1, 2, 8, 16, 32, 64),
  ffmpeg: fc.constant(false),
});

const names = Object.keys(legal);
const some = fc
  .subarray(names, { maxLength: 5 })
  .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, legal[name]]))));

const hostileName = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...names, "threads", "maxTokens", "audioContext") },
  { weight: 2, arbitrary: fc.constantFrom("signal", "sampleRate", "channels") },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "thread", "") },
);

const hostileField = fc
  .tuple(hostileName, fc.oneof(number, text, anything), fc.boolean(), fc.integer({ max: 20 }))
  .map(([name, value, getter, one]) => ({ name, value, getter: getter && one === 0 }));

/** Options of a transcription. About half of them are legal through and through. */
export const transcribeOptions = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(small, some).map(([a, b]) => ({ ...a, ...b })) },
  {
    weight: 10,
    arbitrary: fc
      .tuple(small, some, fc.array(hostileField, { minLength: 1, maxLength: 2 }))
      .map(([a, b, fields]) => withFields({ ...a, ...b }, fields)),
  },
  { weight: 1, arbitrary: anything },
);

function withFields(options, fields) {
  for (const { name, value, getter } of fields) {
    Object.defineProperty(options, name, {
      ...(getter ? { get: boom } : { value, writable: true }),
      ...{ enumerable: true, configurable: true },
    });
  }
  return options;
}

const contextName = fc.constantFrom(
  ...["backend", "device", "flashAttention", "dtw", "allowWeightless", "onLog", "signal", "x"],
);

/** Options of a context. */
export const contextOptions = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        backend: fc.constantFrom("cpu", "auto", "cpu", "cuda"),
        device: fc.constantFrom(0, 0, 0, 1),
        flashAttention: fc.boolean(),
        allowWeightless: fc.boolean(),
        onLog: fc.constantFrom(() => {}, boom),
        dtw: fc.oneof(
          fc.constantFrom("tiny", "base.en", "none", { topLayers: 1 }, { topLayers: 9 }),
          fc.record({
            heads: fc.array(
              fc.record({
                layer: fc.integer({ min: 0, max: 2 }),
                head: fc.integer({ min: 0, max: 2 }),
              }),
              { maxLength: 4 },
            ),
          }),
        ),
      },
      { requiredKeys: [] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(contextName, anything).map(([name, value]) => ({ [name]: value })),
  },
  { weight: 1, arbitrary: anything },
);
