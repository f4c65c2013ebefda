import { shuffle } from "simple-statistics";
import { seededRandom } from "../../health/random.js";
import type { Arm, ClipClass } from "../arms.js";

/** One block: a clip, and the arms that it runs in, in their order. */
export interface PlannedBlock<Clip> {
  readonly block: number;
  readonly clip: Clip;
  readonly arms: readonly Arm[];
}

/** Classes of a cycle of blocks. Twice "long": what text of earlier windows costs shows in these alone. */
const CYCLE: readonly ClipClass[] = ["sine", "short", "medium", "long", "long"];

/** An odd number whose multiples lie far apart (2^32 over the golden ratio): seeds of cycles and blocks. */
const SPREAD = 0x9e3779b1;

/**
 * What a block runs, by the seed and the block's number alone: the same in a run that was resumed. Cycles of all classes, each
 * in random order; the clips of a class by turns; arms in random order.
 */
export function planBlock<Clip extends { readonly clipClass: ClipClass }>(
  seed: number,
  block: number,
  arms: readonly Arm[],
  clips: readonly Clip[],
): PlannedBlock<Clip> {
  const cycle = Math.floor(block / CYCLE.length);
  const order = shuffle([...CYCLE], random(seed, 2 * cycle));
  const place = block % CYCLE.length;
  const clipClass = order[place] as ClipClass;
  const ofClass = clips.filter((clip) => clip.clipClass === clipClass);
  const before = order.slice(0, place).filter((each) => each === clipClass).length;
  const turn = cycle * CYCLE.filter((each) => each === clipClass).length + before;
  return {
    block,
    clip: ofClass[turn % ofClass.length] as Clip,
    arms: shuffle([...arms], random(seed, 2 * block + 1)),
  };
}

/** A generator of its own for each `number`: even ones are the cycles', odd ones the blocks'. */
function random(seed: number, number: number): () => number {
  return seededRandom(seed + Math.imul(number + 1, SPREAD));
}
