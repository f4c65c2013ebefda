import type { WhisperErrorCode } from "../../../lib/index.js";
import { type End, outside } from "./ends.js";
import type { Order } from "./unchecked.js";

/** Parameters or samples of a job that whisper.cpp can't take. */
export interface DecodingRow extends Order {
  name: string;
  /** Where nothing is checked. More than one where it depends on what lies in memory, or on speed. */
  ends: readonly End[];
  /** Where everything is: a code, or this text where the library itself copes, and whisper.cpp never gets it. */
  checked: WhisperErrorCode | { gives: string };
}

const INVALID = "ERR_WHISPER_INVALID_ARG";

function params(
  name: string,
  ends: readonly End[],
  given: Readonly<Record<string, unknown>>,
  checked: DecodingRow["checked"] = INVALID,
): DecodingRow {
  return { name, ends, params: given, checked };
}

function samples(
  name: string,
  ends: readonly End[],
  given: Float32Array,
  checked: DecodingRow["checked"] = "ERR_WHISPER_AUDIO_INVALID",
): DecodingRow {
  // One attempt is enough: five decoders make up text until their windows are full.
  return { name, ends, samples: given, params: { temperatureIncrement: 0 }, checked };
}

// What no option reaches isn't here: an index of a segment that there isn't, a context that is freed twice, too little
// memory for DTW, a DTW preset without a name.

/** They end the process at once, or nearly always so. */
export const crashing: readonly DecodingRow[] = [
  params("a million threads", ["crash"], { threads: 1e6 }),
  params("no beams", ["crash"], { strategy: "beam", beamSize: 0 }),
  params("first timestamp at most at 1e10 s", outside, { maxInitialTimestampS: 1e10 }),
  params("first timestamp at most at infinity", outside, { maxInitialTimestampS: Infinity }),
  params("offset of -2e9 ms", outside, { offsetMs: -2e9 }),
  samples("no samples", outside, new Float32Array(0)),
  params("grammar with an undefined rule", ["crash"], { grammar: "root ::= foo" }),
  params("grammar without its start rule", ["crash"], { grammar: 'a ::= "x"' }),
  params("grammar of a rule that is itself", ["crash"], { grammar: "root ::= root" }),
  params("prompt of one word of 100 kB", ["crash"], { prompt: "a".repeat(100_000) }),
  params("prompt token behind the vocabulary", ["crash"], { promptTokens: [51_865] }),
  params("prompt token -1", ["crash"], { promptTokens: [-1] }),
  params("prompt token 1e9", ["crash"], { promptTokens: [1e9] }),
  params("suppressed token 1e9", outside, { suppressTokens: [1e9] }),
  params("suppressed token -1e9", outside, { suppressTokens: [-1e9] }),
];

/** They hang, throw, or go unnoticed. */
export const lasting: readonly DecodingRow[] = [
  // The list of temperatures is empty: what a window gives is what lies in memory.
  params("temperature 2", ["timeout", "result", "crash"], { temperature: 2 }),
  params("temperature NaN", ["timeout", "result", "crash"], { temperature: Number.NaN }),
  params("duration of 24 days", ["timeout"], { durationMs: 2 ** 31 - 1 }),
  // A list of a billion temperatures.
  params("temperature step 1e-9", ["stall", "refusal", "crash"], { temperatureIncrement: 1e-9 }),
  params(
    "regex that backtracks for ever",
    ["stall", "crash"],
    { suppressRegex: "(.*)*b" },
    { gives: "four" },
  ),
  params("grammar that recurses to the left", ["refusal", "crash", "stall"], {
    grammar: 'root ::= root "a" | "a"',
  }),

  params("no threads", ["refusal"], { threads: 0 }),
  params("-1 threads", ["refusal"], { threads: -1 }),
  params("-1 beams", ["refusal", "crash"], { strategy: "beam", beamSize: -1 }),
  params("regex that doesn't compile", ["refusal"], { suppressRegex: "(" }),
  params("1 token of context, and a prompt to carry", ["refusal"], {
    ...{ maxTextContext: 1, carryPrompt: true, prompt: "one two three" },
  }),
  params("9 decoders", ["refusal"], { temperature: 0.4, bestOf: 9 }),
  params("9 beams", ["refusal"], { strategy: "beam", beamSize: 9 }),
  params("one encoder position too many", ["refusal"], { audioContext: 1501 }),
  {
    ...params("language of 1 sample", ["refusal", "crash"], { language: "auto" }, { gives: "" }),
    samples: new Float32Array(1),
  },

  params("language that there isn't", ["result"], { language: "xx" }),
  params("language in capitals", ["result"], { language: "EN" }),
  params("offset of -1000 ms", ["result", "crash"], { offsetMs: -1000 }),
  params("negative duration", ["result"], { durationMs: -5 }),
  params("offset behind the end", ["result"], { offsetMs: 80_000_000 }),
  samples("samples that are no numbers", ["result"], new Float32Array(32_000).fill(Number.NaN)),
  samples("infinite samples", ["result"], new Float32Array(32_000).fill(Infinity)),
  samples("samples of 1e30", ["result"], new Float32Array(32_000).fill(1e30)),
  samples("1 sample", ["result", "crash"], new Float32Array(1), { gives: "" }),
  samples("150 samples", ["result", "crash"], new Float32Array(150), { gives: "" }),
  samples("1000 samples", ["result"], new Float32Array(1000), { gives: "" }),
];
