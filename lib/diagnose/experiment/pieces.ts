import { WHISPER_SAMPLE_RATE } from "../../audio/validate.js";
import type { Segment } from "../../types.js";

/** A stretch of one of the recordings, about a segment long. */
export interface Piece {
  /** Index of the recording. */
  readonly source: number;
  /** In samples of 16 kHz. */
  readonly start: number;
  readonly end: number;
}

type Times = Pick<Segment, "startMs" | "endMs">;

/** Pauses around a segment that go with its piece, at most: speech that is cut off is decoded otherwise. In ms. */
const MARGIN_MS = 1000;

/** What a model calls one segment may be a whole window; and a piece of less is no speech. In ms. */
const LONGEST_MS = 12_000;
const SHORTEST_MS = 200;

/** Length of pieces where no speech was found, in ms. */
const BLIND_MS = 3500;

/** Silence between pieces that are joined: a speaker's pause. In ms. */
const PAUSE_MS = 300;

const samplesIn = (ms: number) => Math.round((ms / 1000) * WHISPER_SAMPLE_RATE);

/** Cuts a recording of `length` samples at its segments' boundaries; into even pieces if it has no segments. */
export function piecesOf(source: number, length: number, segments: readonly Times[]): Piece[] {
  const durationMs = (length / WHISPER_SAMPLE_RATE) * 1000;
  const spans =
    segments.length > 0 ? withMargins(segments, durationMs) : [[0, durationMs] as const];
  const longest = segments.length > 0 ? LONGEST_MS : BLIND_MS;
  return spans.flatMap(([startMs, endMs]) => {
    const parts = Math.max(1, Math.ceil((endMs - startMs) / longest));
    const partMs = (endMs - startMs) / parts;
    return Array.from({ length: parts }, (_, part) => ({
      source,
      start: samplesIn(startMs + part * partMs),
      end: Math.min(length, samplesIn(startMs + (part + 1) * partMs)),
    })).filter(({ start, end }) => end - start >= samplesIn(SHORTEST_MS));
  });
}

/** Each with up to `MARGIN_MS` of what lies around it, at most half of the pause to its neighbour. */
function withMargins(segments: readonly Times[], durationMs: number): [number, number][] {
  return segments.map(({ startMs, endMs }, index) => {
    const before = segments[index - 1]?.endMs ?? -startMs;
    const after = segments[index + 1]?.startMs ?? 2 * durationMs - endMs;
    return [
      Math.max(0, startMs - MARGIN_MS, Math.min(startMs, (before + startMs) / 2)),
      Math.min(durationMs, endMs + MARGIN_MS, Math.max(endMs, (after + endMs) / 2)),
    ];
  });
}

/** Pieces one after the other, with a pause between them. */
export function joined(pieces: readonly Piece[], sources: readonly Float32Array[]): Float32Array {
  const pause = samplesIn(PAUSE_MS);
  const samples = new Float32Array(lengthOf(pieces));
  let at = 0;
  for (const { source, start, end } of pieces) {
    samples.set(sources[source]?.subarray(start, end) ?? [], at);
    at += end - start + pause;
  }
  return samples;
}

/** Length in samples of what {@link joined} makes of them. */
export function lengthOf(pieces: readonly Piece[]): number {
  const pauses = Math.max(0, pieces.length - 1) * samplesIn(PAUSE_MS);
  return pieces.reduce((sum, { start, end }) => sum + end - start, pauses);
}
