import type { PoolOptions, WhisperErrorCode } from "../../../lib/index.js";
import { type End, outside } from "./ends.js";
import { half, mutated, unknownTensor, weightless } from "./mutated-model.js";
import type { Order } from "./unchecked.js";

/** Models and options of contexts that whisper.cpp can't take, or that can't take a job. */
export interface PoolRow {
  name: string;
  options: PoolOptions;
  /** The job that is run where the pool comes about; by default one as it should be. */
  order?: Order;
  /** A sound job runs before it, and its state isn't made as new. */
  reused?: true;
  /** Where nothing is checked. */
  ends: readonly End[];
  /** Where everything is; undefined: nothing is wrong with the pool, and its job is another table's. */
  checked: WhisperErrorCode | undefined;
}

function model(name: string, ends: readonly End[], bytes: Uint8Array): PoolRow {
  return { name, options: { model: bytes }, ends, checked: "ERR_WHISPER_MODEL_INVALID" };
}

/** Its load takes longer than it may. */
export const hanging: readonly PoolRow[] = [
  model("2e9 words", ["stall"], mutated({ words: 2e9 })),
  model("1000 filters", ["stall", "crash"], mutated({ filterMels: 1000 })),
];

const HUGE = 2 ** 30;

export const models: readonly PoolRow[] = [
  model("audio state of 0", ["crash"], mutated({ audioState: 0 })),
  model("audio state of -1", ["crash"], mutated({ audioState: -1 })),
  model("text state of 0", ["crash"], mutated({ textState: 0 })),
  model("text state of -1", ["crash"], mutated({ textState: -1 })),
  model("no audio heads", ["crash"], mutated({ audioHeads: 0 })),
  model("-1 audio heads", ["crash"], mutated({ audioHeads: -1 })),
  model("3 audio heads for a state of 64", ["crash"], mutated({ audioHeads: 3 })),
  model("no text heads", ["crash"], mutated({ textHeads: 0 })),
  model("-1 text heads", ["crash"], mutated({ textHeads: -1 })),
  model("3 text heads for a state of 64", ["crash"], mutated({ textHeads: 3 })),
  model("file type -1", ["crash"], mutated({ fileType: -1 })),
  model("file type 5", ["crash"], mutated({ fileType: 5 })),
  model("file type 100", ["crash"], mutated({ fileType: 100 })),
  model("tensor of type 1e6", outside, mutated({ tensorType: 1e6 })),
  model("tensor of type -1", outside, mutated({ tensorType: -1 })),
  // Shifts all that follows: what that is taken for depends on what lies there.
  model("81 filters", ["crash", "refusal", "stall"], mutated({ filterMels: 81 })),
  model("400 bins in a filter", ["refusal", "crash", "stall"], mutated({ filterBins: 400 })),
  model(
    "first word of 1e8 bytes",
    ["refusal", "crash", "stall"],
    mutated({ firstWordLength: 1e8 }),
  ),
  model("more words than tokens", ["refusal", "crash"], mutated({ words: 52_865 })),

  model("no weights, no vocabulary", ["crash", "refusal"], weightless({ vocabulary: 0 })),
  model("no weights, vocabulary of 100", ["crash", "refusal"], weightless({ vocabulary: 100 })),
  model("no weights, no mels", ["crash"], weightless({ mels: 0 })),
  model("no weights, -1 mels", ["crash"], weightless({ mels: -1 })),
  model("no weights, a billion mels", ["refusal", "crash"], weightless({ mels: HUGE })),
  model("no weights, audio state of 128", ["crash"], weightless({ audioState: 128 })),
  model(
    "no weights, a billion audio layers",
    ["crash", "refusal"],
    weightless({ audioLayers: HUGE }),
  ),
  model("no weights, no text layer", ["crash", "refusal"], weightless({ textLayers: 0 })),
  model("no weights, audio context of 0", ["crash", "refusal"], weightless({ audioContext: 0 })),
  model("no weights, text context of -1", ["crash", "refusal"], weightless({ textContext: -1 })),

  model("no audio layer", ["refusal"], mutated({ audioLayers: 0 })),
  model("-1 text layers", ["refusal"], mutated({ textLayers: -1 })),
  model("vocabulary of 0", ["refusal"], mutated({ vocabulary: 0 })),
  model("a billion mels", ["refusal", "crash"], mutated({ mels: HUGE })),
  model("another magic number", ["refusal"], mutated({ magic: 1 })),
  model("half a file", ["refusal"], half()),
  model("text", ["refusal"], Buffer.from("this is not a model\n".repeat(500))),
  model("unknown tensor", ["refusal"], unknownTensor()),
  model("tensor of 9 dimensions", ["refusal", "crash"], mutated({ dimensions: 9 })),
  model("tensor of another shape", ["refusal"], mutated({ rowLength: 7 })),

  model("no weights", ["result", "crash"], weightless()),
  model("no weights, filters for other mels", ["result", "crash"], weightless({ mels: 128 })),
  model("no weights, 9 audio layers", ["result", "crash"], weightless({ audioLayers: 9 })),
];

const heads = [{ layer: 0, head: 0 }];

function context(name: string, ends: readonly End[], options: PoolOptions): PoolRow {
  return { name, options, ends, checked: "ERR_WHISPER_INVALID_ARG" };
}

export const contexts: readonly PoolRow[] = [
  context("DTW by the heads of large.v3", outside, { dtw: "large.v3" }),
  context("DTW by no heads", outside, { dtw: "none" }),
  context("DTW by a layer that there isn't", outside, {
    dtw: { heads: [{ layer: 63, head: 0 }] },
  }),
  context("DTW by a head that there isn't", outside, {
    dtw: { heads: [{ layer: 0, head: 63 }] },
  }),
  context("DTW by 64 layers", outside, { dtw: { topLayers: 64 } }),
  context("DTW with flash attention", ["refusal", "crash"], {
    dtw: { heads },
    flashAttention: true,
  }),
  {
    name: "DTW with fewer encoder positions",
    options: { dtw: { heads } },
    order: { params: { audioContext: 256 } },
    ends: ["refusal", "crash"],
    checked: undefined,
  },
  {
    name: "temperature 2 on a state that has been used",
    options: { reset: "never" },
    ...{ reused: true, order: { params: { temperature: 2 } } },
    ends: ["result", "timeout", "crash"],
    checked: undefined,
  },
];
