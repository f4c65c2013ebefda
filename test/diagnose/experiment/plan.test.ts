import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ARMS, CLIP_CLASSES } from "../../../lib/diagnose/arms.js";
import { planBlock } from "../../../lib/diagnose/experiment/plan.js";

const CLIPS = CLIP_CLASSES.flatMap((clipClass) =>
  Array.from({ length: clipClass === "sine" ? 1 : 2 }, (_, index) => ({
    ...{ name: `${clipClass}-${index}`, clipClass },
  })),
);

const blocks = (seed: number, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => planBlock(seed, from + index, ARMS, CLIPS));

describe("the plan of blocks", () => {
  it("has all arms in each block, and in each cycle of five all classes, long twice", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.nat(2000), (seed, cycle) => {
        const five = blocks(seed, 5 * cycle, 5);
        expect(five.map(({ clip }) => clip.clipClass).sort()).toEqual(
          [...CLIP_CLASSES, "long"].sort(),
        );
        for (const { arms } of five) expect([...arms].sort()).toEqual([...ARMS].sort());
      }),
    );
  });

  it("depends on the seed and the block alone: a resumed run goes on as it would have", () => {
    const whole = blocks(77, 0, 30);
    expect(blocks(77, 13, 17)).toEqual(whole.slice(13));
    expect(blocks(78, 0, 30)).not.toEqual(whole);
  });

  it("takes the clips of a class by turns, and each arm at each place about as often", () => {
    const many = blocks(3, 0, 1600);
    const uses = new Map<string, number>();
    for (const { clip } of many) uses.set(clip.name, (uses.get(clip.name) ?? 0) + 1);
    expect([...uses.values()].sort((a, b) => a - b)).toEqual([160, 160, 160, 160, 320, 320, 320]);
    // Each of 8 arms is first in 200 of 1600 blocks; 13 is a standard deviation.
    for (const arm of ARMS) {
      const first = many.filter(({ arms }) => arms[0] === arm).length;
      expect(Math.abs(first - 200)).toBeLessThan(60);
    }
  });
});
