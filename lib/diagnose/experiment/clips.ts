import { tone } from "../../audio/tone.js";
import { WHISPER_SAMPLE_RATE } from "../../audio/validate.js";
import type { Recording } from "./audio-files.js";
import type { ClipShape } from "./clip-shapes.js";
import { joined } from "./pieces.js";

/** What a block runs in all of its arms. */
export interface Clip extends ClipShape {
  readonly samples: Float32Array;
  readonly audioSeconds: number;
  /** Where it comes from, in words: names of recordings. */
  readonly source: string;
}

/** As long as the sine jobs of a service that probes itself: no speech. */
const SINE_SECONDS = 8;

export function cutClips(
  shapes: readonly ClipShape[],
  recordings: readonly Recording[],
): readonly Clip[] {
  const sources = recordings.map(({ samples }) => samples);
  return shapes.map((shape) => {
    const samples = shape.clipClass === "sine" ? tone(SINE_SECONDS) : joined(shape.pieces, sources);
    const names = shape.pieces.map(({ source }) => recordings[source]?.name ?? "");
    return {
      ...shape,
      samples,
      audioSeconds: samples.length / WHISPER_SAMPLE_RATE,
      source: [...new Set(names)].join(", ") || "a tone of 440 Hz",
    };
  });
}
