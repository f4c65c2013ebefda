import { afterAll, beforeAll } from "vitest";
import { type ContextOptions, WhisperContext } from "../../../lib/index.js";
import { microModel } from "./programs.js";
import { Reference, type ReferenceContext } from "./reference.js";

/** What is compared: a context of this library, and upstream's program with the same model. */
export interface Sides {
  context: WhisperContext;
  reference: Reference;
}

/** Both sides, on the CPU, for the tests of the file or block that calls it. */
export function bothSides(
  type: Parameters<typeof microModel>[0],
  { flashAttention, dtwHeads }: ReferenceContext = {},
): Sides {
  const sides = {} as Sides;
  beforeAll(async () => {
    const options: ContextOptions = { backend: "cpu", flashAttention };
    if (dtwHeads) options.dtw = { heads: dtwHeads };
    sides.reference = new Reference(microModel(type), { flashAttention, dtwHeads });
    sides.context = await WhisperContext.create(microModel(type), options);
  });
  afterAll(async () => {
    sides.reference?.close();
    await sides.context?.free();
  });
  return sides;
}
