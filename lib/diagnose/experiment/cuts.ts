import { WHISPER_SAMPLE_RATE } from "../../audio/validate.js";
import type { EngineHost } from "../../engine/engine.js";
import { WhisperAudioError } from "../../errors.js";
import type { Recording } from "./audio-files.js";
import { type ClipShape, clipShapes, ENOUGH_PIECES, ENOUGH_SECONDS } from "./clip-shapes.js";
import { lengthOf, type Piece, piecesOf } from "./pieces.js";
import { Teardown } from "./teardown.js";
import { newContext, newProcess, newState, type Warmth } from "./warmth.js";

/** How the clips are cut, and how slow a slow reader is. */
export interface Cuts {
  readonly shapes: readonly ClipShape[];
  /** The slow reader's pause after each segment, in ms. */
  readonly readerPauseMs: number;
}

/** A slow reader takes half as long for a segment as decoding does: it lags without holding the run up for long. */
const READER_SHARE = 0.5;
const LEAST_PAUSE_MS = 30;
const MOST_PAUSE_MS = 1000;

/**
 * Transcribes the recordings, in a process of its own, until there is speech enough, and cuts it at its segments. Rejects with
 * `ERR_WHISPER_AUDIO_INVALID` if it is too short for any.
 */
export async function makeCuts(
  host: EngineHost,
  recordings: readonly Recording[],
  warmth: Warmth,
): Promise<Cuts> {
  const { decoding, signal } = warmth;
  const teardown = new Teardown();
  const pieces: Piece[] = [];
  let wallMs = 0;
  let segments = 0;
  try {
    const { engine } = await newProcess(host, warmth, teardown);
    const state = await newState(await newContext({ engine }, warmth, teardown), teardown);
    for (const [source, { samples }] of recordings.entries()) {
      if (isEnough(pieces)) break;
      const audio = await engine.prepareAudio(samples, { signal });
      const result = await state
        .transcribe(audio, { ...decoding, signal }, () => {})
        .finally(() => audio.release());
      await state.reset();
      wallMs += result.timing.wallMs;
      segments += result.segments.length;
      pieces.push(...piecesOf(source, samples.length, result.segments));
    }
  } finally {
    await teardown.run();
  }
  if (pieces.length === 0) {
    throw new WhisperAudioError(
      "ERR_WHISPER_AUDIO_INVALID",
      "the audio is too short: there is less of it than a word",
    );
  }
  const pauseMs = segments > 0 ? (READER_SHARE * wallMs) / segments : 0;
  return {
    shapes: clipShapes(pieces),
    readerPauseMs: Math.round(Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, pauseMs))),
  };
}

function isEnough(pieces: readonly Piece[]): boolean {
  const enough = ENOUGH_SECONDS * WHISPER_SAMPLE_RATE;
  return pieces.length >= ENOUGH_PIECES && lengthOf(pieces) >= enough;
}
