import { WHISPER_SAMPLE_RATE } from "../../audio/validate.js";
import { CLIP_CLASSES, type ClipClass } from "../arms.js";
import { lengthOf, type Piece } from "./pieces.js";

/** A clip as it is cut: a line of the journal's beginning, from which it can be cut again. */
export interface ClipShape {
  readonly name: string;
  readonly clipClass: ClipClass;
  /** What it is joined from; empty for the sine. */
  readonly pieces: readonly Piece[];
}

interface Size {
  /** Different clips of the class, if there is audio for them. */
  readonly clips: number;
  /** Fewest pieces, unless they last for `enoughS`. */
  readonly pieces: number;
  /** In s: at least, and what is enough with fewer pieces. */
  readonly leastS: number;
  readonly enoughS: number;
}

/** About 1, 3 and 10 segments. "long" is at least two windows of 30 s: only there is text of an earlier window. */
const SIZES: Readonly<Record<Exclude<ClipClass, "sine">, Size>> = {
  short: { clips: 3, pieces: 1, leastS: 1, enoughS: 3 },
  medium: { clips: 2, pieces: 3, leastS: 6, enoughS: 15 },
  long: { clips: 2, pieces: 10, leastS: 38, enoughS: 50 },
};

/** Most pieces of a clip: with tiny ones a long clip would never end. */
const MOST_PIECES = 100;

/** What all clips together can use: more needn't be transcribed. */
export const ENOUGH_PIECES = 24;
export const ENOUGH_SECONDS = 90;

/**
 * Clips of every class, by turns from all pieces: those that are few begin anew. A class has fewer clips if they would be the
 * same.
 */
export function clipShapes(pieces: readonly Piece[]): ClipShape[] {
  return CLIP_CLASSES.flatMap((clipClass) =>
    clipClass === "sine" ? [{ name: "sine", clipClass, pieces: [] }] : shapesOf(clipClass, pieces),
  );
}

function shapesOf(clipClass: Exclude<ClipClass, "sine">, pieces: readonly Piece[]): ClipShape[] {
  const { clips } = SIZES[clipClass];
  const shapes: ClipShape[] = [];
  const seen = new Set<string>();
  for (let clip = 0, from = 0; clip < clips; clip++) {
    const taken = take(SIZES[clipClass], pieces, from);
    from += taken.length;
    const key = JSON.stringify(taken);
    if (seen.has(key)) continue;
    seen.add(key);
    shapes.push({ name: `${clipClass}-${shapes.length + 1}`, clipClass, pieces: taken });
  }
  return shapes;
}

function take(size: Size, pieces: readonly Piece[], from: number): Piece[] {
  const taken: Piece[] = [];
  const seconds = () => lengthOf(taken) / WHISPER_SAMPLE_RATE;
  const enough = () =>
    seconds() >= size.leastS && (taken.length >= size.pieces || seconds() >= size.enoughS);
  while (!enough() && taken.length < MOST_PIECES) {
    taken.push(pieces[(from + taken.length) % pieces.length] as Piece);
  }
  return taken;
}
